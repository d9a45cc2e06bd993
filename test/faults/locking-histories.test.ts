import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocksService } from '../../src/features/locking/locking.locks.service.js';
import { NodeCalls } from '../../src/features/locking/locking.node-calls.js';
import { LockNodes } from '../../src/redis/lock-nodes.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { actAtRandom, CLIENTS, type Held, History } from './locking-clients.js';
import type { RedisProcess } from '../support/redis-process.js';
import { asLockServers, disturb, type Faults, startLockServers, toldFaults } from './locking-nodes.js';
import { patience, sized } from './sizes.js';

const HISTORIES = sized(15, 200);
/** Histories that run at the same time, on resources of their own, under the same faults. */
const AT_ONCE = 5;
const LASTS_MS = 1000;
const LONGEST_FAULT_MS = 500;
/** A frozen node is given up within about the time that a lock lasts. */
const REDIS_TIMEOUT_MS = '250';

let nodes: RedisProcess[];
let services: TestService[];
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  nodes = await startLockServers(3);
  cleanups.push(() => Promise.all(nodes.map((node) => node.stop())));
  const settings = { REDIS_URL: redis.serviceUrl, REDIS_TIMEOUT_MS, ...asLockServers(nodes) };
  services = [await startService(settings), await startService(settings)];
  cleanups.push(() => Promise.all(services.map((service) => service.stop())));
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const newHistory = (name: string) =>
  new History(
    services.map(({ application }) => application.nest.get(LocksService)),
    [`${name}.a`, `${name}.b`],
  );

/** Whether all is free again once those who were there are gone. */
async function comesFree(history: History): Promise<boolean> {
  const held = await waitUntil('it comes free', () => history.acquire(0, history.resources, 5000, 1000));
  return (await history.release(0, held)) === 'done';
}

async function settled(): Promise<boolean> {
  const reached = await Promise.all(
    services.map(({ application }) => application.nest.get(LockNodes).reachable()),
  );
  return reached.every((count) => count === nodes.length);
}

async function runHistories(random: Random, faults: Faults): Promise<History[]> {
  const histories: History[] = [];
  for (let at = 0; at < HISTORIES; at += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, HISTORIES - at) }, (_each, more) =>
      newHistory(`h${at + more}`),
    );
    const endsAt = performance.now() + LASTS_MS;
    const isOver = () => performance.now() > endsAt;
    const acting = batch.flatMap((history) =>
      Array.from({ length: CLIENTS }, (_each, client) =>
        actAtRandom(history, client, new Random(random.below(2 ** 31)), isOver),
      ),
    );
    await Promise.all([
      ...acting,
      disturb(nodes, random, { mostMs: LONGEST_FAULT_MS, isOver, settled, faults }),
    ]);
    expect(await Promise.all(batch.map(comesFree))).not.toContain(false);
    histories.push(...batch);
  }
  return histories;
}

function told(histories: readonly History[]): string {
  const sum: Record<string, number> = {};
  for (const { counts } of histories)
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
  return Object.entries(sum)
    .toSorted()
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

const seed = seedOfRun();

describe('locks on three nodes of which one is killed or frozen', () => {
  it(
    `are locks in every history (seed ${seed})`,
    async () => {
      const faults: Faults = { kills: 0, freezes: 0 };
      const histories = await runHistories(new Random(seed), faults);
      const wrong = histories.flatMap((history) => history.judge());
      const strange = histories.filter((history) => history.judge().length > 0).length;
      console.log(
        `${strange} of ${histories.length} histories of ${CLIENTS} clients are not those of locks, ` +
          `under ${toldFaults(faults)} (${told(histories)}; seed ${seed})`,
      );
      expect(wrong).toEqual([]);
      expect(faults.kills).toBeGreaterThan(0);
      expect(faults.freezes).toBeGreaterThan(0);
    },
    patience(HISTORIES, 2000),
  );

  it('are found out where a release does not look whose lock it ends', async () => {
    const history = newHistory('anybody');
    for (const { application } of services) {
      const calls = application.nest.get(NodeCalls);
      const release = calls.release.bind(calls);
      calls.release = async (node, tenant, id, keep) => {
        const broken = history.lockedBy(id).map((each) => calls.break(node, tenant, `lock:${each}`));
        return broken.length === 0
          ? release(node, tenant, id, keep)
          : (await Promise.all(broken)).some((count) => count > 0);
      };
    }
    const [resource = ''] = history.resources;
    const late = await acquired(history, 0, resource, 80);
    await pause(120);
    await acquired(history, 1, resource, 20_000);
    expect(await history.release(0, late)).toBe('done');
    await acquired(history, 2, resource, 20_000);
    const wrong = history.judge();
    console.log(`with a release for everybody: ${wrong.join('; ')}`);
    expect(wrong).toEqual([
      expect.stringContaining(`${resource} is no lock`),
      expect.stringContaining(`${resource} is held by`),
    ]);
  });

  it('are found out where a node forgets what it has granted', async () => {
    const history = newHistory('forgotten');
    const [resource = ''] = history.resources;
    const [, second, third] = nodes;
    await third?.kill();
    await acquired(history, 0, resource, 60_000);
    // For so long the grant is still on its way to the third, which would have it too if it came back meanwhile.
    await pause(Number(REDIS_TIMEOUT_MS));
    await second?.kill();
    await second?.wipe();
    await Promise.all([second?.begin(), third?.begin()]);
    await acquired(history, 1, resource, 60_000);
    const wrong = history.judge();
    console.log(`with a node that forgets: ${wrong.join('; ')}`);
    expect(wrong).toEqual([
      expect.stringContaining(`${resource} is no lock`),
      expect.stringContaining(`${resource} is held by`),
    ]);
  });
});

/** A lock that is there for the taking, once the nodes are reached. */
async function acquired(history: History, client: number, resource: string, ttlMs: number): Promise<Held> {
  return await waitUntil('it is granted', () => history.acquire(client, [resource], ttlMs));
}
