import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { metricsOf } from '../e2e/operations/prometheus.js';
import { startRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { isAlive } from './processes.js';
import { patience, sized } from './sizes.js';

const KILLS = sized(2, 20);
const INCREMENTS = 60;
const CLIENTS = 8;
const PATIENCE_MS = patience(1, 60_000);
const BOARD = '/v1/leaderboards/shared';
const CREATED = 'operation="leaderboards.submissions.create"';
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function newService(workers: number): Promise<ServiceProcess> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const folder = await mkdtemp(join(tmpdir(), 'fulcrum-workers-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const service = await startServiceProcess({
    REDIS_URL: redis.url,
    DATA_DIR: folder,
    WORKERS: String(workers),
    RATE_LIMIT_ADDRESS: 'off',
    RATE_LIMIT_CREDENTIAL: 'off',
    RATE_LIMIT_TENANT: 'off',
  });
  cleanups.push(() => service.stop());
  return service;
}

/** Pids of the workers that have become ready, in that order. */
function workersOf(service: ServiceProcess): number[] {
  return [...service.stdout().matchAll(/"event":"worker.ready".*?"pid":(\d+)/g)].map((match) =>
    Number(match[1]),
  );
}

/** Increments `member` once; a connection that ends with its process is followed by the same request on another. */
async function increment(service: ServiceProcess, member: string, key: string): Promise<boolean> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      const body = { member, score: 1, operator: 'increment' };
      const { status } = await service.admin.post(`${BOARD}/submissions`, body, { 'idempotency-key': key });
      if (status === 200) return true;
    } catch {
      // Cut off: the key makes sure that the next try counts once.
    }
  }
  return false;
}

interface Load {
  readonly sent: number;
  readonly failed: number;
}

/** Increments under way while `during` runs, at least `INCREMENTS` of them. */
async function underLoad(
  service: ServiceProcess,
  round: number,
  during: () => Promise<unknown>,
): Promise<Load> {
  let isOver = false;
  let [sent, failed] = [0, 0];
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver || sent < INCREMENTS) {
      const key = `round-${round}-${sent++}`;
      if (!(await increment(service, 'counter', key))) failed++;
    }
  });
  await waitUntil('requests run', () => sent > CLIENTS);
  await during();
  isOver = true;
  await Promise.all(clients);
  return { sent, failed };
}

describe('workers', () => {
  it(
    'share a port, and one that is killed is replaced without a lost or doubled request',
    async () => {
      const service = await newService(2);
      expect(new Set(workersOf(service)).size).toBe(2);
      let [sent, failed] = [0, 0];
      for (let round = 0; round < KILLS; round++) {
        const load = await underLoad(service, round, async () => {
          process.kill(workersOf(service).at(-2) ?? 0, 'SIGKILL');
          await waitUntil('another is ready', () => workersOf(service).length === 3 + round, {
            timeoutMs: 30_000,
          });
        });
        sent += load.sent;
        failed += load.failed;
      }
      const { body } = await service.admin.get(`${BOARD}/entries/counter`);
      console.info(
        `${failed} failed, ${sent - failed - body.score} lost of ${sent} increments across ${KILLS} SIGKILLs`,
      );
      expect([failed, body.score]).toEqual([0, sent]);
    },
    patience(KILLS, 30_000),
  );

  it(
    'are gone with a service of one process, and the same load fails',
    async () => {
      const service = await newService(1);
      const { failed } = await underLoad(service, 0, async () =>
        Promise.resolve(service.child.kill('SIGKILL')),
      );
      expect(failed).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  it(
    'show their metrics added up, whichever is asked',
    async () => {
      const service = await newService(2);
      const count = 20;
      for (let sent = 0; sent < count; sent++) await increment(service, 'measured', `measured-${sent}`);
      const series = `fulcrum_request_duration_seconds_count{${CREATED},transport="http",outcome="success"}`;
      for (let asked = 0; asked < 4; asked++) {
        const metrics = await metricsOf(service.url);
        expect(metrics.valueOf(series)).toBe(count);
        expect(metrics.valueOf('fulcrum_redis_up{purpose="commands"}')).toBe(1);
      }
    },
    PATIENCE_MS,
  );

  it(
    'finish what runs at a SIGTERM, and leave nobody behind',
    async () => {
      const service = await newService(2);
      const pids = workersOf(service);
      const statuses: number[] = [];
      const clients = Array.from({ length: CLIENTS }, async () => {
        for (;;) {
          try {
            statuses.push(
              (await service.admin.post(`${BOARD}/submissions`, { member: 'm', score: 1 })).status,
            );
          } catch {
            // Refused, or an idle connection that ended as the request was written: the service has not taken it.
            return;
          }
        }
      });
      await waitUntil('requests run', () => statuses.length > CLIENTS);
      expect(await service.stop()).toBe(0);
      await Promise.all(clients);
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
      expect(pids.filter(isAlive)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
