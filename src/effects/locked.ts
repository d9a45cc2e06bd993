import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import { parameterNames } from './parameter-names.js';

/** A lock that this process has, while work goes on under it. */
export interface HeldLock {
  readonly resources: readonly string[];
  /** Higher than every earlier one of each of the resources. */
  readonly fencingToken: number;
  /** Aborted before the lock can expire, whether or not Redis answers: what is done afterwards may not be done alone. */
  readonly signal: AbortSignal;
  /** For how long nobody else can have it, in ms, by this machine's monotonic clock; 0 once that is over. */
  validForMs(): number;
}

/** How a method is locked. */
export interface LockedOptions {
  /** How long the lock outlives a process that dies, in ms; a method that takes longer keeps it by itself. */
  readonly ttlMs: number;
  /** How long a call waits for it, in ms, in the order of the calls; 0 if left out. */
  readonly waitMs?: number;
  readonly owner?: string;
  /** `default` if left out. */
  readonly tenant?: string;
}

/** Does `work` under the lock of `resource`. */
export type LockRunner = <T>(resource: string, options: LockedOptions, work: () => Promise<T>) => Promise<T>;

/** Who locks the calls of an application's providers. */
const runners = new WeakMap<object, LockRunner>();
const held = new AsyncLocalStorage<HeldLock>();

/**
 * Lets a method run only while it holds the lock of `resource`, in which `{name}` stands for the parameter of that name, or for
 * the field of that name of the first argument that has it, and `{0}` for the first argument itself: a text or a number. Names
 * are those of the code that runs, so that what is minified needs `{0}`. A call that does not get the lock in time throws
 * `locking.held`, one that loses it `locking.lost`, and one whose lock would have no valid name `request.invalid`. A method
 * that gives no promise gives one so. `heldLock()` gives the method its lock. Locks are not reentrant: a call under the lock of
 * the same name waits in vain.
 *
 * It works in providers and controllers that live as long as the application, from its start on; calls before that, and of
 * others (of the scope of a request, or made by hand), throw. A subclass that overrides the method is locked as far as it
 * calls it, or by a decorator of its own.
 */
export const Locked = (resource: string, options: LockedOptions): MethodDecorator => {
  return (_target, property, descriptor) => {
    const method: unknown = descriptor.value;
    if (!isMethod(method)) throw new Error('@Locked decorates no method');
    // Nobody needs to know them for `{0}`.
    const parameters = /\{[^{}]*[^{}\d][^{}]*\}/.test(resource) ? parameterNames(method) : [];
    const locked = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      const run = typeof this === 'object' && this !== null ? runners.get(this) : undefined;
      if (run === undefined)
        throw new Error(`${String(property)} is locked in an application that has started, and nowhere else`);
      const name = resourceFor(resource, parameters, args);
      return await run(name, options, async () => {
        const result: unknown = await Reflect.apply(method, this, args);
        return result;
      });
    };
    // What other decorators said of the method holds for what stands in its place.
    for (const key of Reflect.getMetadataKeys(method) as unknown[])
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), locked);
    Object.assign(descriptor, { value: locked });
    return descriptor;
  };
};

/** From now on `run` locks the calls of the methods of `instance` that `Locked` marks. */
export function lockCallsOf(instance: object, run: LockRunner): void {
  runners.set(instance, run);
}

/** The lock under which this code runs; undefined if there is none. */
export function heldLock(): HeldLock | undefined {
  return held.getStore();
}

/** Runs `work` under `lock`. */
export function underLock<T>(lock: HeldLock, work: () => Promise<T>): Promise<T> {
  return held.run(lock, work);
}

/** The name of what a call locks. @throws Error if the call has nothing for a placeholder */
function resourceFor(template: string, parameters: readonly string[], args: readonly unknown[]): string {
  return template.replace(/\{([^{}]+)\}/g, (_placeholder, name: string) => {
    const value = valueOf(name, parameters, args);
    const isNumber = Number.isFinite(value) || typeof value === 'bigint';
    if (isNumber || (typeof value === 'string' && value !== '')) return String(value);
    throw new Error(`the call has no text or number for {${name}} of ${template}`);
  });
}

function valueOf(name: string, parameters: readonly string[], args: readonly unknown[]): unknown {
  if (/^\d+$/.test(name)) return args[Number(name)];
  const at = parameters.indexOf(name);
  if (at >= 0) return args[at];
  const holder = args.find((arg): arg is object => typeof arg === 'object' && arg !== null && name in arg);
  return holder === undefined ? undefined : Reflect.get(holder, name);
}

function isMethod(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function';
}
