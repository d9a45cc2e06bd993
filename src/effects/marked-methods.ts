import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** Any method: what it takes and gives is between whoever marks it and whoever calls it. */
type Method = (...args: never[]) => unknown;

/** A provider's method that a decorator has marked. */
export interface MarkedMethod<Options> {
  readonly options: Options;
  readonly method: Method;
  readonly name: string;
  readonly instance: object;
}

/** The methods of all providers of which `optionsOf` knows something. */
export function markedMethods<Options>(
  { discovery, scanner }: { readonly discovery: DiscoveryService; readonly scanner: MetadataScanner },
  optionsOf: (method: Method) => Options | undefined,
): MarkedMethod<Options>[] {
  return discovery.getProviders().flatMap(({ instance }) => {
    if (typeof instance !== 'object' || instance === null) return [];
    const prototype: unknown = Object.getPrototypeOf(instance);
    if (typeof prototype !== 'object' || prototype === null) return [];
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method: unknown = Reflect.get(prototype, name);
      if (!isMethod(method)) return [];
      const options = optionsOf(method);
      return options === undefined ? [] : [{ options, method, name, instance: instance as object }];
    });
  });
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}
