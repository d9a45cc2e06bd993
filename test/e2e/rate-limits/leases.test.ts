import { setImmediate } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from '../../../src/access/caller.js';
import { RequestLimiter } from '../../../src/transport/rate-limiting/request-limiter.js';
import { ServiceLimits } from '../../../src/transport/rate-limiting/service-limits.js';
import { Stalls } from '../../faults/locking-freeze-watch.js';
import type { TestService } from '../../support/service.js';
import { waitUntil } from '../../support/wait-until.js';
import { LimitedServices } from './limited-services.js';

const NODES = 3;
const CAPACITY = 2000;
const REFILL_A_SECOND = 1000;
const LIMITS = { RATE_LIMIT_TENANT: `${CAPACITY}/${REFILL_A_SECOND}` };
const PREFIX = 'leases';
const HAMMERED_MS = 2500;
/** How often it is tried at most on a machine that stands still meanwhile. */
const ROUNDS = 4;

let services: LimitedServices;
let client: Redis | Cluster;

beforeAll(async () => {
  services = await LimitedServices.start();
  client = services.topology.connect();
});

afterEach(async () => {
  await services?.stopServices();
});

afterAll(async () => {
  client?.disconnect();
  await services?.stop();
});

async function microsNow(): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1_000_000 + Number(micros);
}

/** Asks one node's limiter for one caller of `tenant`. */
function asker(service: TestService, tenant: string): () => Promise<boolean> {
  const limiter = service.application.nest.get(RequestLimiter);
  const charges = service.application.nest
    .get(ServiceLimits)
    .ofCaller(Caller.inProcess(tenant).credential, 1);
  return async () => (await limiter.charge(charges)).refusal === undefined;
}

/** What several ask for, each as often as it can, and what they are due by Redis' clock. */
async function hammered(askers: readonly (() => Promise<boolean>)[]) {
  const started = await microsNow();
  const end = performance.now() + HAMMERED_MS;
  let [admitted, attempts] = [0, 0];
  await Promise.all(
    askers.flatMap((ask) =>
      [1, 2].map(async () => {
        while (performance.now() < end) {
          attempts++;
          if (await ask()) admitted++;
          await setImmediate();
        }
      }),
    ),
  );
  const due = CAPACITY + (((await microsNow()) - started) * REFILL_A_SECOND) / 1_000_000;
  return { admitted, attempts, due };
}

async function levelOf(tenant: string): Promise<number | undefined> {
  const keys = await services.topology.keys();
  const key = keys.find((each) => each.startsWith(`${PREFIX}:${tenant}:`));
  if (key === undefined) return undefined;
  const [level = '', , ...leases] = ((await client.get(key)) ?? '').split(' ');
  const leased = leases.slice(1).reduce((sum, parts) => sum + Number(parts), 0);
  return (Number(level) + leased) / 1000;
}

describe('a large limit', () => {
  const nodes = () => Promise.all(Array.from({ length: NODES }, () => services.limited(LIMITS, PREFIX)));

  it(`that ${NODES} nodes lease lets in what it holds and gets back, and no more`, async () => {
    const limited = await nodes();
    // The nodes of a cluster are connected to when they are first used.
    await Promise.all(limited.map((node) => asker(node, 'first')()));
    const stalls = new Stalls();
    try {
      for (let round = 1; ; round++) {
        const askers = limited.map((node) => asker(node, `hammered${round}`));
        const { admitted, attempts, due } = await hammered(askers);
        console.info(`${admitted} of ${attempts} admitted by ${NODES} nodes, at most ${due.toFixed(1)}`);
        expect(attempts).toBeGreaterThan(admitted);
        expect(admitted).toBeLessThanOrEqual(due);
        // Nodes that stand still spend nothing meanwhile, and what they have leased lies idle.
        if (admitted < due * 0.95 && round < ROUNDS && stalls.before(performance.now(), HAMMERED_MS))
          continue;
        expect(admitted).toBeGreaterThanOrEqual(due * 0.95);
        return;
      }
    } finally {
      stalls.stop();
    }
  });

  it('is spent mostly without Redis, and what a node did not spend comes back', async () => {
    const [node] = await nodes();
    if (node === undefined) throw new Error('no node');
    const ask = asker(node, 'quiet');
    for (let count = 0; count < 1000; count++) {
      expect(await ask()).toBe(true);
      await setImmediate();
    }
    // Spent tokens keep their room for two seconds at the most, so the level alone tells little before.
    await waitUntil('the bucket is full again', async () => (await levelOf('quiet')) === undefined, {
      timeoutMs: 10_000,
    });
  });

  it('gives back at once what a node that stops has leased', async () => {
    const [node, other] = await nodes();
    if (node === undefined || other === undefined) throw new Error('no nodes');
    const ask = asker(node, 'stopped');
    for (let count = 0; count < 200; count++) await ask();
    await node.stop();
    expect(await levelOf('stopped')).toBeGreaterThanOrEqual(CAPACITY - 200);
    const refills = asker(other, 'stopped');
    let admitted = 0;
    while (await refills()) admitted++;
    expect(admitted).toBeGreaterThanOrEqual(CAPACITY - 200 - 60);
  });
});
