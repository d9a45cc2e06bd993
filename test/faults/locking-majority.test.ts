import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LockingKeys } from '../../src/features/locking/locking.keys.js';
import { NodeCalls } from '../../src/features/locking/locking.node-calls.js';
import { LockNodes } from '../../src/redis/lock-nodes.js';
import type { Answer } from '../support/api-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { Network } from './locking-cut.js';
import type { RedisProcess } from '../support/redis-process.js';
import { asLockServers, startLockServers } from './locking-nodes.js';
import { Requests, TTL_MS } from './locking-requests.js';
import { patience, sized } from './sizes.js';

const ROUNDS = sized(1, 10);
const KINDS = ['killed', 'frozen', 'cut off'] as const;
type Kind = (typeof KINDS)[number];

/** Of one Redis operation, where many of them come to that end. */
const TIMEOUT_MS = 500;
/** So long that whoever waits for a lost node is found out, on a slow machine too. */
const LONG_TIMEOUT_MS = 4000;
const WAIT_MS = 2000;
/**
 * What a request may take besides the time that it was told to wait: one operation that began just before that was over, one
 * that takes back or confirms what it did, each with the time of an operation as its end; and some, for a slow machine.
 */
const BEYOND_MS = 2 * TIMEOUT_MS + 2000;
/** What a request may take while a majority answers. */
const UNHINDERED_MS = LONG_TIMEOUT_MS / 2;
const SHORT_TTL_MS = 1000;
/** What a node missed the end of, or was told too late, lasts from then on: a lock, or the wait of somebody who is gone. */
const LEFT_MS = TTL_MS + WAIT_MS + 5000;

let redis: TestRedis;
let servers: RedisProcess[];
let networks: Network[];
let service: TestService;

beforeAll(async () => {
  redis = await startRedis();
  servers = await startLockServers(3);
  networks = await Promise.all(servers.map(({ serviceUrl }) => Network.to(serviceUrl)));
});

afterEach(async () => {
  await service?.stop();
  for (const server of servers) {
    if (server.isUp) await server.empty();
    else await server.begin();
  }
});

afterAll(async () => {
  for (const each of [...(networks ?? []), ...(servers ?? []), redis]) await each?.stop();
});

async function startWith(timeoutMs: number): Promise<void> {
  service = await startService({
    REDIS_URL: redis.serviceUrl,
    REDIS_TIMEOUT_MS: String(timeoutMs),
    ...asLockServers(networks),
  });
  // What the first request of a process takes longer is no concern of this test.
  const { body } = await service.admin.post('/v1/locks', { resources: ['first'], ttlMs: TTL_MS });
  await service.admin.delete(`/v1/locks/${body.lockId}`);
}

/** Takes nodes away; what it gives brings them back. */
async function lose(kind: Kind, which: readonly number[]): Promise<() => Promise<unknown>> {
  const lost = servers.filter((_server, at) => which.includes(at));
  const behind = networks.filter((_network, at) => which.includes(at));
  if (kind === 'killed') {
    await Promise.all(lost.map((server) => server.kill()));
    return () => Promise.all(lost.map((server) => server.begin()));
  }
  if (kind === 'frozen') {
    for (const server of lost) server.freeze();
    return async () => lost.forEach((server) => server.thaw());
  }
  for (const network of behind) network.cut();
  return async () => behind.forEach((network) => network.mend());
}

const TENANT = 'default';
const place = (resource: string) => `lock:${resource}`;

/** What was there before a majority was lost. */
interface Before {
  readonly held: Answer;
  readonly ended: Answer;
}

async function locks(requests: Requests, round: string): Promise<Before> {
  const held = await requests.acquire(`${round}.held`, [201], UNHINDERED_MS);
  return { held, ended: await requests.acquire(`${round}.ended`, [201], UNHINDERED_MS) };
}

/** Everything that can be asked for, at once; nobody may be told anything that a majority would have to know. */
async function askWithoutMajority(requests: Requests, { held, ended }: Before, round: string): Promise<void> {
  const waiting = { waitMs: WAIT_MS, ttlMs: SHORT_TTL_MS };
  const none = [503, 423];
  await Promise.all([
    requests.acquire(`${round}.free`, none, BEYOND_MS, { ttlMs: SHORT_TTL_MS }),
    requests.acquire(`${round}.free`, none, WAIT_MS + BEYOND_MS, waiting),
    requests.acquire(`${round}.held`, none, BEYOND_MS),
    requests.acquire(`${round}.held`, none, WAIT_MS + BEYOND_MS, waiting),
    requests.extend(held, [503], BEYOND_MS),
    requests.release(ended, [503], BEYOND_MS),
    requests.get('', [503], BEYOND_MS),
    requests.get(`/resources/${round}.held`, [503], BEYOND_MS),
  ]);
}

async function withoutMajority(requests: Requests, kind: Kind, round: string, random: Random): Promise<void> {
  const before = await locks(requests, round);
  const inLine = requests.acquire(`${round}.held`, [423, 503], WAIT_MS + BEYOND_MS, { waitMs: WAIT_MS });
  await waits(`${round}.held`);
  const stays = random.below(3);
  const bringBack = await lose(
    kind,
    [0, 1, 2].filter((at) => at !== stays),
  );
  await Promise.all([inLine, askWithoutMajority(requests, before, round)]);
  await bringBack();
  await allAreUsed();
  const after = await requests.extend(before.held, [200], UNHINDERED_MS);
  if (after.body.fencingToken !== before.held.body.fencingToken) requests.wrong.push('another token');
  // It may have been released while nobody could say so.
  await requests.release(before.ended, [204, 409], UNHINDERED_MS);
  await requests.release(before.held, [204], UNHINDERED_MS);
  await nothingIsLeft(round, ['held', 'ended', 'free']);
  const again = await locks(requests, round);
  await requests.release(again.held, [204], UNHINDERED_MS);
  await requests.release(again.ended, [204], UNHINDERED_MS);
}

/** Everything works while one node is away, and nobody waits for that. */
async function withoutOne(requests: Requests, kind: Kind, round: string, random: Random): Promise<void> {
  const { held, ended } = await locks(requests, round);
  const bringBack = await lose(kind, [random.below(3)]);
  await work(requests, { held, ended }, round);
  await bringBack();
  await allAreUsed();
  const again = await requests.acquire(`${round}.held`, [201], UNHINDERED_MS);
  await requests.release(again, [204], UNHINDERED_MS);
}

async function work(requests: Requests, { held, ended }: Before, round: string): Promise<void> {
  const limit = UNHINDERED_MS;
  await requests.acquire(`${round}.held`, [423], limit);
  await requests.acquire(`${round}.held`, [423], 300 + limit, { waitMs: 300 });
  await requests.extend(held, [200], limit);
  const { body } = await requests.get(`/resources/${round}.held`, [200], limit);
  if (body.held !== true) requests.wrong.push(`${round}: not shown as held`);
  const listed = await requests.get(`?prefix=${round}.`, [200], limit);
  if (listed.body.items?.length !== 2) requests.wrong.push(`${round}: not listed`);
  await requests.release(ended, [204], limit);
  await requests.release(ended, [409], limit);
  // Woken by a release, and by the end of somebody's time.
  const next = requests.acquire(`${round}.held`, [201], 5000, { waitMs: 5000 });
  await waits(`${round}.held`);
  const releasedAt = performance.now();
  await requests.release(held, [204], limit);
  const given = await next;
  requests.note('woken by a release', performance.now() - releasedAt, limit);
  await requests.release(given, [204], limit);
  await requests.acquire(`${round}.short`, [201], limit, { ttlMs: 500 });
  const after = await requests.acquire(`${round}.short`, [201], 500 + limit, { waitMs: 5000, ttlMs: 3000 });
  await requests.extend(after, [200], limit);
  await requests.release(after, [204], limit);
}

async function waits(resource: string): Promise<void> {
  await waitUntil('somebody waits', async () => {
    const { body } = await service.admin.get(`/v1/locks/resources/${resource}`);
    return body.waiting === 1;
  });
}

async function allAreUsed(): Promise<void> {
  const nodes = service.application.nest.get(LockNodes);
  await waitUntil('all nodes are used again', async () => (await nodes.reachable()) === nodes.all.length);
}

/** What nodes still know of resources; each one is asked for itself. */
async function leftOf(round: string, resources: readonly string[]): Promise<string[]> {
  const [nodes, calls] = [service.application.nest.get(LockNodes), service.application.nest.get(NodeCalls)];
  const left: string[] = [];
  for (const [at, node] of nodes.all.entries()) {
    for (const resource of resources) {
      const { grants, waiting } = await calls.read(node, TENANT, place(`${round}.${resource}`));
      if (grants.length + waiting > 0)
        left.push(`${round}.${resource} at ${at}: ${waiting} wait, ${JSON.stringify(grants)}`);
    }
  }
  return left;
}

async function nothingIsLeft(
  round: string,
  resources: readonly string[],
  timeoutMs = LEFT_MS,
): Promise<void> {
  const isNothing = async () => (await leftOf(round, resources)).length === 0;
  await waitUntil('nothing is left', isNothing, { timeoutMs }).catch(() => undefined);
  expect(await leftOf(round, resources)).toEqual([]);
  const keys = service.application.nest.get(LockingKeys).tenant(TENANT);
  for (const server of servers) {
    const counts = await server.ask(async (client) => [
      (await client.hkeys(keys.places)).filter((place) => place.startsWith('lock:')).length,
      await client.zcard(keys.queue),
      await client.hlen(keys.grants),
      await client.hlen(keys.waiters),
    ]);
    expect(counts).toEqual([0, 0, 0, 0]);
  }
}

const seed = seedOfRun();

async function rounds(
  what: string,
  round: (requests: Requests, kind: Kind, name: string, random: Random) => Promise<void>,
): Promise<void> {
  const random = new Random(seed);
  const all: Requests[] = [];
  for (let count = 0; count < ROUNDS; count++) {
    for (const kind of KINDS) {
      const requests = new Requests(service.admin, `${what} ${kind}`);
      all.push(requests);
      await round(requests, kind, `${kind.slice(0, 3)}${count}`, random);
    }
  }
  const wrong = all.flatMap((requests) => requests.wrong);
  const sent = all.reduce((sum, requests) => sum + requests.sent, 0);
  const slowest = Math.round(Math.max(...all.map(({ slowestMs }) => slowestMs)));
  console.log(
    `${wrong.length} of ${sent} answers wrong or late with ${what} killed, frozen or cut off ` +
      `${ROUNDS * KINDS.length} times (the slowest took ${slowest} ms; seed ${seed})`,
  );
  expect(wrong).toEqual([]);
}

describe('lock nodes that are lost', () => {
  it(
    `are a majority: nobody gets a lock, and everybody an answer (seed ${seed})`,
    async () => {
      await startWith(TIMEOUT_MS);
      await rounds('2 of 3 nodes', withoutMajority);
    },
    patience(ROUNDS * KINDS.length, 20_000),
  );

  it(
    `are a minority: everything works as before (seed ${seed})`,
    async () => {
      await startWith(LONG_TIMEOUT_MS);
      await rounds('1 of 3 nodes', withoutOne);
    },
    patience(ROUNDS * KINDS.length, 20_000),
  );

  it('are found out where they count as if they had agreed', async () => {
    await startWith(TIMEOUT_MS);
    const requests = new Requests(service.admin, 'agreeing');
    const before = await locks(requests, 'agreeing');
    const calls = service.application.nest.get(NodeCalls);
    const [acquire, extend] = [calls.acquire.bind(calls), calls.extend.bind(calls)];
    calls.acquire = (node, wanted, approach) =>
      acquire(node, wanted, approach).catch(() => ({
        outcome: 'granted',
        token: 1,
        leftMs: wanted.ttlMs,
        stood: false,
      }));
    calls.extend = (node, ...rest) => extend(node, ...rest).catch(() => 1);
    await lose('killed', [0, 1]);
    await askWithoutMajority(requests, before, 'agreeing');
    expect(requests.wrong).toContainEqual(expect.stringMatching(/acquire .* 201/));
  });

  it('are found out where nothing is taken back from them', async () => {
    await startWith(TIMEOUT_MS);
    const calls = service.application.nest.get(NodeCalls);
    calls.release = () => Promise.resolve(true);
    await lose('killed', [0, 1]);
    const requests = new Requests(service.admin, 'kept');
    await requests.acquire('kept.free', [503], BEYOND_MS);
    await Promise.all([servers[0]?.begin(), servers[1]?.begin()]);
    await allAreUsed();
    await expect(nothingIsLeft('kept', ['free'], 1000)).rejects.toThrow('to deeply equal []');
  });
});
