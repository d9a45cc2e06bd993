import { AsyncLocalStorage } from 'node:async_hooks';
import { SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

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

export type LockedMethod = LockedOptions & { readonly resource: string };

const LOCKED = Symbol('locked method');
const reflector = new Reflector();
const held = new AsyncLocalStorage<HeldLock>();

/**
 * Lets a provider's method run only while it holds the lock of `resource`, in which `{name}` stands for the parameter of that
 * name, or for the field of that name of the first argument that has it, and `{0}` for the first argument itself. A call that
 * does not get the lock in time throws `locking.held`; one that loses it, `locking.lost`. `heldLock()` gives the method its
 * lock. Calls before the application has started throw: nobody locks them yet.
 */
export const Locked = (resource: string, options: LockedOptions): MethodDecorator => {
  return (_target, property, descriptor) => {
    const method: unknown = descriptor.value;
    if (typeof method !== 'function') throw new Error('@Locked decorates no method');
    const early = () =>
      Promise.reject(new Error(`${String(property)} is locked from the start of the application on`));
    // Whoever runs the locks puts the method itself, under its lock, in the place of this.
    SetMetadata(LOCKED, { resource, ...options, method })(early);
    Object.assign(descriptor, { value: early });
    return descriptor;
  };
};

/** What `Locked` said of a method, and the method itself; undefined if it says nothing. */
export function lockedMethodOf(
  method: (...args: never[]) => unknown,
): (LockedMethod & { readonly method: (...args: unknown[]) => unknown }) | undefined {
  return reflector.get(LOCKED, method);
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
export function resourceFor(
  template: string,
  method: (...args: never[]) => unknown,
  args: readonly unknown[],
): string {
  return template.replace(/\{([^{}]+)\}/g, (_placeholder, name: string) => {
    const value = valueOf(name, parametersOf(method), args);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return String(value);
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

/** The names of a method's plain parameters, out of its own text: JavaScript keeps them nowhere else. */
function parametersOf(method: (...args: never[]) => unknown): string[] {
  const list = /\(([^)]*)\)/.exec(method.toString())?.[1] ?? '';
  return list.split(',').map((parameter) => parameter.split('=')[0]?.trim() ?? '');
}
