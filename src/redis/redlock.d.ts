/**
 * The package's types lie where Node's resolution does not find them, and ask for whole clients of which it calls this. Of
 * resources it asks nothing: it hands them on.
 */
declare module 'redlock' {
  export interface RedlockClient<Resource> {
    evalsha(hash: string, keyCount: number, values: readonly [Resource, ...unknown[]]): Promise<unknown>;
    eval(source: string, keyCount: number, values: readonly [Resource, ...unknown[]]): Promise<unknown>;
  }

  export interface RedlockSettings {
    readonly driftFactor?: number;
    readonly retryCount?: number;
  }

  /** A majority did not vote for an operation. */
  export class ExecutionError extends Error {}

  export class Lock<Resource> {
    /** `expiration`: in ms since 1970, by this machine's clock. */
    constructor(
      redlock: Redlock<Resource>,
      resources: Resource[],
      value: string,
      attempts: [],
      expiration: number,
    );
  }

  export default class Redlock<Resource = string> {
    constructor(
      clients: Iterable<RedlockClient<Resource>>,
      settings: RedlockSettings,
      scripts: {
        readonly acquireScript: string;
        readonly extendScript: string;
        readonly releaseScript: string;
      },
    );
    readonly scripts: Readonly<
      Record<'acquireScript' | 'extendScript' | 'releaseScript', { readonly hash: string }>
    >;
    acquire(resources: Resource[], durationMs: number): Promise<Lock<Resource>>;
    extend(lock: Lock<Resource>, durationMs: number): Promise<Lock<Resource>>;
    release(lock: Lock<Resource>): Promise<unknown>;
  }
}
