import { Redis } from 'ioredis';
import type { ApiClient } from '../support/api-client.js';
import type { LockKeys } from '../../src/features/locking/locking.keys.js';

/** Where it is seen who waits. */
export interface Places {
  /** Which of `owners` certainly stand in the line for `resource`. */
  inLine(resource: string, owners: readonly string[]): Promise<readonly string[]>;
  /** How many entries of waiters there are. */
  left(): Promise<number>;
  stop(): void;
}

/** Of a single Redis: as the service tells everybody. */
export function placesOfOne(admin: ApiClient, url: string, keys: LockKeys): Places {
  const client = new Redis(url);
  return {
    inLine: async (resource, owners) => {
      const { body } = await admin.get(`/v1/locks/resources/${resource}`);
      const waiting = new Set((body.waiters as { owner: string | null }[]).map(({ owner }) => owner));
      return owners.filter((owner) => waiting.has(owner));
    },
    left: () => entries(client, keys),
    stop: () => client.disconnect(),
  };
}

/**
 * Of lock servers that each keep a line: whoever has the same place on a majority of them. What the service tells is the
 * longest of the lines, and on it somebody may be before it has its final place.
 */
export function placesOfSeveral(urls: readonly string[], keys: LockKeys): Places {
  const clients = urls.map((url) => new Redis(url));
  const ticketsOf = async (client: Redis, resource: string) => {
    const [queue, waiters] = await Promise.all([
      client.zrangebylex(keys.queue, `[lock:${resource} `, `(lock:${resource}!`),
      client.hgetallBuffer(keys.waiters),
    ]);
    return queue.map((member) => {
      const [, ticket = '', id = ''] = member.split(' ');
      return { ticket, packed: waiters[id]?.toString('latin1') ?? '' };
    });
  };
  return {
    inLine: async (resource, owners) => {
      const lines = (await Promise.all(clients.map((client) => ticketsOf(client, resource)))).flat();
      return owners.filter((owner) => {
        const tickets = lines.flatMap(({ ticket, packed }) => (packed.includes(owner) ? [ticket] : []));
        return tickets.some((one) => tickets.filter((other) => other === one).length * 2 > clients.length);
      });
    },
    left: async () => {
      const counts = await Promise.all(clients.map((client) => entries(client, keys)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    stop: () => {
      for (const client of clients) client.disconnect();
    },
  };
}

async function entries(client: Redis, { queue, waiters }: LockKeys): Promise<number> {
  return (await client.zcard(queue)) + (await client.hlen(waiters));
}
