import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NodeCalls } from '../../../src/features/locking/locking.node-calls.js';
import type { Answer } from '../../support/api-client.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { fresh, type LockServers, startLockServers } from './locks.js';

const PERMITS = 5;
const ROUNDS = 25;
const TTL_MS = 20_000;
/** How long a node is told what is not so any more; a request that waits asks a few times within it, and is told the same. */
const STALE_MS = 150;
/** A node looks so often by itself. */
const BEAT_MS = 1000;

let topology: Topology;
let nodes: LockServers;
let services: [TestService, TestService];
let calls: NodeCalls;
let read: NodeCalls['read'];

beforeAll(async () => {
  topology = await startTopology();
  nodes = await startLockServers(3);
  const settings = { ...topology.settings, ...nodes.settings };
  services = [await startService(settings), await startService(settings)];
  calls = services[0].application.nest.get(NodeCalls);
  read = calls.read.bind(calls);
});

afterEach(() => {
  calls.read = read;
});

afterAll(async () => {
  await Promise.all((services ?? []).map((service) => service.stop()));
  await nodes?.stop();
  await topology?.stop();
});

const take = (at: number, pool: string, more: object = {}) =>
  services[at % 2]!.admin.post(`/v1/semaphores/${pool}/permits`, {
    permits: PERMITS,
    ttlMs: TTL_MS,
    ...more,
  });
const giveBack = async (pool: string, permits: readonly Answer[]) => {
  for (const { body } of permits) {
    const answer = await services[0].admin.delete(`/v1/semaphores/${pool}/permits/${body.permitId}`);
    expect(answer.status).toBe(204);
  }
};
const atOnce = (count: number, pool: string) =>
  Promise.all(Array.from({ length: count }, (_each, at) => take(at, pool)));

/** For a while the first service is told that the one permit which somebody has is the only one that nobody has. */
function readStale(): void {
  const until = performance.now() + STALE_MS;
  calls.read = async (node, tenant, place) => {
    const now = await read(node, tenant, place);
    const [grant] = now.grants;
    if (grant === undefined || performance.now() > until) return now;
    const slots = Array.from({ length: PERMITS }, (_each, at) => at + 1);
    return {
      ...now,
      grants: slots.filter((slot) => slot !== grant.slot).map((slot) => ({ ...grant, slot })),
    };
  };
}

describe('a semaphore on three nodes', () => {
  it('gives as many as it has to those who come at once, and no more', async () => {
    const pool = fresh('enough');
    for (let round = 0; round < ROUNDS; round++) {
      const taken = await atOnce(PERMITS, pool);
      expect(
        taken.map(({ status }) => status),
        `round ${round}`,
      ).toEqual(taken.map(() => 201));
      for (const refused of await atOnce(2, pool)) {
        expectProblem(refused, 423, 'locking.held');
        expect(refused.body.holders).toHaveLength(PERMITS);
      }
      await giveBack(pool, taken);
    }
  });

  it('gives them to many who come at once', async () => {
    const pool = fresh('many');
    const taken = await Promise.all(
      Array.from({ length: 24 }, (_each, at) => take(at, pool, { permits: 24 })),
    );
    expect(taken.map(({ status }) => status)).toEqual(taken.map(() => 201));
    await giveBack(pool, taken);
  });

  it('does not let somebody wait for long whose permit another one was quicker to take', async () => {
    const pool = fresh('quicker');
    const first = await take(1, pool);
    readStale();
    const began = performance.now();
    const second = await take(0, pool, { waitMs: 5000 });
    expect(second.status).toBe(201);
    expect(performance.now() - began).toBeGreaterThan(STALE_MS - 10);
    expect(performance.now() - began).toBeLessThan(BEAT_MS - 200);
    await giveBack(pool, [first, second]);
  });
});
