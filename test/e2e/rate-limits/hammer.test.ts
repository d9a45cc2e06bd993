import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { ADMIN_KEY } from '../../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

const PROCESSES = 4;
const CLIENTS_EACH = 4;
const HAMMER_MICROS = 5_000_000;
const CAPACITY = 100;
/** So slow that a machine busy with something else still asks for more than comes back. */
const REFILL_A_SECOND = 20;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function topologyOfTest(): Promise<Topology> {
  const topology = await startTopology();
  cleanups.push(() => topology.stop());
  return topology;
}

/** A client of `topology`; all of its nodes have the clock of this machine. */
function clientOf(topology: Topology): Redis | Cluster {
  const client = topology.connect();
  cleanups.push(async () => Promise.resolve(client.disconnect()));
  return client;
}

/** Microseconds by Redis' clock. */
async function microsOf(client: Redis | Cluster): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1_000_000 + Number(micros);
}

interface Hammered {
  readonly admitted: number;
  readonly attempts: number;
  /** What a bucket may admit at the most between two looks at Redis' clock around all attempts. */
  readonly most: number;
  /** The same from the first token taken to a look before a refusal: whoever is refused has left no token behind. */
  readonly due: number;
}

/** Takes one token after another by every one of `takers` at once. */
async function hammer(
  client: Redis | Cluster,
  takers: readonly (() => Promise<boolean>)[],
): Promise<Hammered> {
  const started = await microsOf(client);
  const admissible = (from: number, to: number) => CAPACITY + ((to - from) * REFILL_A_SECOND) / 1_000_000;
  let isOver = false;
  let [admitted, attempts, lastRefused] = [0, 0, -Infinity];
  const running = takers.map(async (take) => {
    while (!isOver) {
      attempts++;
      const asked = performance.now();
      if (await take()) admitted++;
      else lastRefused = Math.max(lastRefused, asked);
    }
  });
  await waitUntil('the first is admitted', () => admitted > 0, { everyMs: 1 });
  const begun = await microsOf(client);
  const over = await waitUntil('the time is over', async () => {
    const now = await microsOf(client);
    return now - started > HAMMER_MICROS ? now : undefined;
  });
  const looked = performance.now();
  // On a machine that is busy with something else the clients may be slower than the refill for a while.
  await waitUntil('one that asks later is refused', () => lastRefused > looked, {
    timeoutMs: 60_000,
    everyMs: 1,
  });
  isOver = true;
  await Promise.all(running);
  return {
    admitted,
    attempts,
    most: admissible(started, await microsOf(client)),
    due: admissible(begun, over),
  };
}

async function startProcesses(settings: Topology['settings']): Promise<ServiceProcess[]> {
  const off = { RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off', RATE_LIMIT_TENANT: 'off' };
  return await Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'fulcrum-hammer-'));
      cleanups.push(() => rm(folder, { recursive: true, force: true }));
      const service = await startServiceProcess(
        { ...settings, DATA_DIR: folder, LOG_LEVEL: 'info', ...off },
        { adminKey: ADMIN_KEY },
      );
      cleanups.push(() => service.stop());
      return service;
    }),
  );
}

describe('one bucket', () => {
  it(`that ${PROCESSES} processes hammer admits what it holds and gets back, and no more`, async () => {
    const topology = await topologyOfTest();
    const client = clientOf(topology);
    const services = await startProcesses(topology.settings);
    await services[0]?.admin.put('/v1/rate-limits/hammered', {
      capacity: CAPACITY,
      refillTokens: REFILL_A_SECOND,
      refillIntervalMs: 1000,
      // An answer that came too late must not be counted as admitted.
      onOutage: 'deny',
    });
    const taker = (service: ServiceProcess, key: string) => async () => {
      const { status, body } = await service.admin.post('/v1/rate-limits/hammered/consume', { key });
      expect(status).toBe(200);
      return body.allowed === true;
    };
    for (const service of services) await taker(service, 'warm-up')();
    const takers = services.flatMap((service) =>
      Array.from({ length: CLIENTS_EACH }, () => taker(service, 'one')),
    );
    const { admitted, attempts, most, due } = await hammer(client, takers);
    const share = ((admitted / most) * 100).toFixed(2);
    console.log(
      `${admitted} of ${attempts} admitted by ${PROCESSES} processes, ${share} % of at most ${most.toFixed(1)}`,
    );
    expect(admitted).toBeLessThanOrEqual(most);
    expect(admitted).toBeGreaterThanOrEqual(due * 0.99);
    expect(attempts).toBeGreaterThan(admitted);
  }, 120_000);

  it('that is read and written in two steps is found to admit too much', async () => {
    const topology = await topologyOfTest();
    const client = clientOf(topology);
    const takers = Array.from({ length: PROCESSES * CLIENTS_EACH }, () => {
      const own = clientOf(topology);
      return async () => {
        const now = await microsOf(own);
        const [level = String(CAPACITY), at = String(now)] = ((await own.get('bucket')) ?? '')
          .split(' ')
          .filter(Boolean);
        const refilled = Number(level) + (Math.max(0, now - Number(at)) * REFILL_A_SECOND) / 1_000_000;
        const tokens = Math.min(CAPACITY, refilled);
        if (tokens < 1) return false;
        await own.set('bucket', `${tokens - 1} ${now}`);
        return true;
      };
    });
    const { admitted, most } = await hammer(client, takers);
    expect(admitted).toBeGreaterThan(most);
  }, 60_000);
});
