/** The package's types lie where Node's resolution does not find them, and ask for whole clients of which it calls this. */
declare module 'redlock' {
  export interface RedlockClient {
    evalsha(hash: string, keyCount: number, values: readonly (string | number)[]): Promise<unknown>;
    eval(source: string, keyCount: number, values: readonly (string | number)[]): Promise<unknown>;
  }

  export interface RedlockSettings {
    readonly driftFactor?: number;
    readonly retryCount?: number;
  }

  /** A majority did not vote for an operation. */
  export class ExecutionError extends Error {}

  export class Lock {
    /** `expiration`: in ms since 1970, by this machine's clock. */
    constructor(redlock: Redlock, resources: string[], value: string, attempts: [], expiration: number);
  }

  export default class Redlock {
    constructor(
      clients: Iterable<RedlockClient>,
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
    acquire(resources: string[], durationMs: number): Promise<Lock>;
    extend(lock: Lock, durationMs: number): Promise<Lock>;
    release(lock: Lock): Promise<unknown>;
  }
}
