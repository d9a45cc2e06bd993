import { setTimeout as pause } from 'node:timers/promises';
import { LocksService } from '../../src/features/locking/locking.locks.service.js';
import { type LockNode, LockNodes } from '../../src/redis/lock-nodes.js';
import type { Random } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import type { SettableClock } from './locking-clocks.js';
import { Grants } from './locking-grants.js';
import type { RedisProcess } from '../support/redis-process.js';
import { asLockServers } from './locking-nodes.js';
import { sized } from './sizes.js';

/** From one trouble to the next. */
const GRANTS_BETWEEN = sized(15, 25);
const REDIS_TIMEOUT_MS = '300';

export interface World {
  readonly servers: readonly RedisProcess[];
  readonly services: readonly TestService[];
  readonly grants: Grants;
  /** The same server as each of the services sees it. */
  nodes(at: number): LockNode[];
}

export async function newWorld(
  cleanups: (() => unknown)[],
  servers: readonly RedisProcess[],
  count = 2,
): Promise<World> {
  cleanups.push(() => Promise.all(servers.map((server) => server.stop())));
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const settings = { REDIS_URL: redis.serviceUrl, REDIS_TIMEOUT_MS, ...asLockServers(servers) };
  const services: TestService[] = [];
  for (let at = 0; at < count; at++) services.push(await startService(settings));
  cleanups.push(() => Promise.all(services.map((service) => service.stop())));
  return {
    servers,
    services,
    grants: new Grants(services.map(({ application }) => application.nest.get(LocksService))),
    nodes: (at) =>
      services.flatMap(({ application }) =>
        application.nest.get(LockNodes).all.filter((_node, number) => number === at),
      ),
  };
}

export async function allAreUsed({ services, servers }: World): Promise<void> {
  await waitUntil('all nodes are used again', async () => {
    const reached = await Promise.all(
      services.map(({ application }) => application.nest.get(LockNodes).reachable()),
    );
    return reached.every((count) => count === servers.length);
  });
}

export type Trouble = () => Promise<void>;

/** What can happen to servers, and how often it did. */
export class Troubles {
  readonly counts: Record<string, number> = {};

  constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {}

  /** Killed, and started again with what it had. */
  restarts = async (): Promise<void> => {
    const server = this.world.servers[this.random.below(this.world.servers.length)];
    await server?.kill();
    await pause(this.random.below(100));
    await server?.begin();
    this.count('restarts');
  };

  /** All that one server had is gone: while it runs, or while it is away. */
  emptied =
    (server: RedisProcess | undefined): Trouble =>
    async () => {
      if (this.random.chance(0.5)) {
        await server?.empty();
      } else {
        await server?.kill();
        await server?.wipe();
        await server?.begin();
      }
      this.count('times emptied');
    };

  steps =
    (clock: SettableClock, aheadS: readonly [number, ...number[]]): Trouble =>
    async () => {
      await clock.set(this.random.pick(aheadS));
      this.count('steps of a clock');
    };

  /** Lets them happen one at a time while `work` goes on, each at least once. */
  async during(work: Promise<void>, kinds: readonly Trouble[]): Promise<void> {
    let isOver = false;
    const done = work.finally(() => (isOver = true));
    // It is told of at the end.
    done.catch(() => undefined);
    for (let number = 0; number < kinds.length || !isOver; number++) {
      const next = this.world.grants.count + this.random.below(2 * GRANTS_BETWEEN);
      await waitUntil('some are granted', () => isOver || this.world.grants.count >= next, {
        timeoutMs: 60_000,
      });
      await kinds[number < kinds.length ? number : this.random.below(kinds.length)]?.();
      if (this.random.chance(0.7)) await allAreUsed(this.world);
    }
    await done;
  }

  told(): string {
    return Object.entries(this.counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  }

  private count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}
