import type { Redis, Cluster } from 'ioredis';
import Redlock from 'redlock';

/** A lock as the package gives it out. */
export interface PackagedLock {
  /** In ms since 1970. */
  readonly expiration: number;
  release(): Promise<unknown>;
  extend(durationMs: number): Promise<PackagedLock>;
}

/** The package as its users know it; src/ declares only what it uses of it. */
export interface PackagedRedlock {
  acquire(resources: string[], durationMs: number): Promise<PackagedLock>;
  extend(lock: PackagedLock, durationMs: number): Promise<PackagedLock>;
  using<T>(resources: string[], durationMs: number, routine: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Settings {
  readonly retryCount?: number;
  readonly retryDelay?: number;
  readonly retryJitter?: number;
}

/** The package, on clients as its documentation makes them. */
export function packagedRedlock(
  clients: readonly (Redis | Cluster)[],
  settings: Settings = {},
): PackagedRedlock {
  const Package = Redlock as unknown as new (
    clients: readonly (Redis | Cluster)[],
    settings: Settings,
  ) => PackagedRedlock;
  return new Package(clients, settings);
}
