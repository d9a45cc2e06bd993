import type { Redis } from 'ioredis';

/**
 * When a connection is back ioredis subscribes to what it had before, and does not look at what becomes of that: a client that is
 * closed in that very moment would end the process. Whoever subscribes by a call of its own is told as before.
 */
export function hearResubscriptions(client: Redis): void {
  for (const name of ['subscribe', 'psubscribe', 'ssubscribe'] as const) {
    const subscribe: unknown = Reflect.get(client, name);
    if (typeof subscribe !== 'function') throw new Error(`ioredis has no ${name} any more`);
    Reflect.set(client, name, (...args: unknown[]): unknown => {
      const subscribing: unknown = Reflect.apply(subscribe, client, args);
      if (subscribing instanceof Promise) subscribing.catch(() => undefined);
      return subscribing;
    });
  }
}
