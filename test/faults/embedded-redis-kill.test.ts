import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../support/api-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { embeddedUrl, pidOfRedis } from './processes.js';
import { DEADLINE_MS, patience, sized } from './sizes.js';

const KILLS = sized(2, 12);
const CLIENTS = 8;
const BOARD = '/v1/leaderboards/scores';

let folder: string;
let service: ServiceProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-kill-'));
  service = await start();
});

afterEach(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(): Promise<ServiceProcess> {
  return startServiceProcess({ DATA_DIR: folder, LOG_LEVEL: 'info' });
}

interface Load {
  /** Scores by member, as they were acknowledged with 200. */
  readonly acknowledged: Map<string, number>;
  unavailable: number;
  slow: number;
  readonly unexpected: string[];
  stop(): Promise<void>;
}

/** Clients that submit without a pause until they are stopped, each submission for a member of its own. */
function submitWithoutPause(random: Random): Load {
  const load = {
    acknowledged: new Map<string, number>(),
    unavailable: 0,
    slow: 0,
    unexpected: [] as string[],
  };
  let running = true;
  const client = async (name: number) => {
    for (let count = 0; running; count++) {
      const member = `member-${name}-${count}`;
      const score = random.below(1_000_000);
      const started = performance.now();
      const answer = await service.admin.post(`${BOARD}/submissions`, { member, score });
      if (performance.now() - started > DEADLINE_MS) load.slow++;
      if (answer.status === 200) load.acknowledged.set(member, score);
      else if (answer.status === 503) load.unavailable++;
      else load.unexpected.push(`${answer.status} ${JSON.stringify(answer.body)}`);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, name) => client(name)));
  return Object.assign(load, {
    stop: async () => {
      running = false;
      await clients;
    },
  });
}

/** Kills the server `times` times under load; every time the service has to find its way back by itself. */
async function killUnderLoad(random: Random, times: number): Promise<{ load: Load; probes: Set<number> }> {
  const url = await embeddedUrl(folder);
  const load = submitWithoutPause(random);
  const probes = new Set<number>();
  const ready = async () => {
    const { status } = await service.admin.get('/health/ready');
    probes.add(status);
    return status === 200;
  };
  for (let kill = 0; kill < times; kill++) {
    const before = load.acknowledged.size;
    const enough = 100 + random.below(200);
    await waitUntil('some submissions are acknowledged', () => load.acknowledged.size >= before + enough, {
      timeoutMs: 30_000,
    });
    const pid = await waitUntil('the server answers', () => pidOfRedis(url), { timeoutMs: 30_000 });
    process.kill(pid, 'SIGKILL');
    const standing = load.acknowledged.size;
    await waitUntil(
      'another server answers',
      async () => (await pidOfRedis(url)) !== pid && (await ready()),
      {
        timeoutMs: 60_000,
      },
    );
    await waitUntil('submissions are acknowledged again', () => load.acknowledged.size > standing, {
      timeoutMs: 30_000,
    });
  }
  await load.stop();
  await waitUntil('the service is ready', ready, { timeoutMs: 30_000 });
  return { load, probes };
}

/** Acknowledged submissions that the board does not have as they were acknowledged. */
async function missingOf(acknowledged: ReadonlyMap<string, number>): Promise<string[]> {
  const members = [...acknowledged.keys()];
  const found = new Map<string, number>();
  for (let at = 0; at < members.length; at += 1000) {
    const answer: Answer = await service.admin.post(`${BOARD}/entries/lookup`, {
      members: members.slice(at, at + 1000),
    });
    const items = answer.status === 200 ? (answer.body.items as { member: string; score: number }[]) : [];
    for (const { member, score } of items) found.set(member, score);
  }
  return members.filter((member) => found.get(member) !== acknowledged.get(member));
}

describe('kill -9 of the embedded Redis', () => {
  it(
    'loses no acknowledged submission, and the service recovers by itself',
    async () => {
      const seed = seedOfRun();
      const { load, probes } = await killUnderLoad(new Random(seed), KILLS);
      const { acknowledged, unavailable, slow, unexpected } = load;
      const lost = await missingOf(acknowledged);
      await service.stop();
      service = await start();
      const lostAfterRestart = await missingOf(acknowledged);
      console.log(
        `${lost.length} lost, ${lostAfterRestart.length} lost after a restart, ${slow} slower than ${DEADLINE_MS} ms ` +
          `of ${acknowledged.size} acknowledged submissions across ${KILLS} SIGKILLs ` +
          `(${unavailable} answered with 503, seed ${seed})`,
      );
      expect({ lost, lostAfterRestart, slow, unexpected }).toEqual({
        lost: [],
        lostAfterRestart: [],
        slow: 0,
        unexpected: [],
      });
      expect([...probes].filter((status) => status !== 200 && status !== 503)).toEqual([]);
      const board = await service.admin.get(BOARD);
      expect(board.body.total).toBeGreaterThanOrEqual(acknowledged.size);
    },
    patience(KILLS, 60_000),
  );

  it('is found to lose submissions on a server without its append-only file', async () => {
    const client = new Redis(await embeddedUrl(folder));
    await client.config('SET', 'appendonly', 'no');
    client.disconnect();
    const seed = seedOfRun();
    const { load } = await killUnderLoad(new Random(seed), 1);
    const lost = await missingOf(load.acknowledged);
    console.log(
      `without the append-only file: ${lost.length} lost of ${load.acknowledged.size} (seed ${seed})`,
    );
    expect(lost.length).toBeGreaterThan(0);
  }, 120_000);
});
