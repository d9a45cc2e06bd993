import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../support/message-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { RedisProcess } from '../support/redis-process.js';
import { asUser } from '../support/redis-users.js';
import { membersAt, ReplicatedCluster } from '../support/replicated-cluster.js';
import { ADMIN_KEY } from '../support/service.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { MixedLoad, type MixedLoadOptions } from './mixed-load.js';
import { DEADLINE_MS, patience, sized } from './sizes.js';

const FREEZES = sized(2, 20);
const CLUSTER_FREEZES = sized(1, 4);
const [SHORTEST_MS, LONGEST_MS] = [200, 4000];
/** Until every client goes on after a thaw. */
const RESUME_MS = 10_000;
/** Until every client goes on without the master that is frozen. */
const TAKEN_OVER_MS = 20_000;
/** So many that one of them, were it sent by way of the frozen node, would be. */
const MESSAGES = 20;
const WITHOUT_LIMITS = { RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off', RATE_LIMIT_TENANT: 'off' };
const seed = seedOfRun();
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function testRedis(): Promise<RedisProcess> {
  const redis = await RedisProcess.start({ fsync: 'everysec' });
  cleanups.push(() => redis.stop());
  return redis;
}

async function startServices(environment: Readonly<Record<string, string>>, count = 2) {
  return await Promise.all(
    Array.from({ length: count }, () => startServiceProcess({ ...environment, ...WITHOUT_LIMITS })),
  );
}

async function testServices(...args: Parameters<typeof startServices>): Promise<ServiceProcess[]> {
  const services = await startServices(...args);
  cleanups.push(() => Promise.all(services.map((service) => service.stop())));
  return services;
}

function newLoad(
  services: readonly ServiceProcess[],
  messageUrl: string,
  options: Pick<MixedLoadOptions, 'random' | 'replicas'>,
): MixedLoad {
  const messages = new MessageClient(messageUrl, ADMIN_KEY);
  return new MixedLoad({ ...options, urls: () => services.map(({ url }) => url), messages });
}

/** Ends the load, says what became of it, and holds it against what may become of it. */
async function settle(load: MixedLoad, services: readonly ServiceProcess[], what: string): Promise<void> {
  await load.finish();
  const verdict = await load.judge();
  const ready = await Promise.all(services.map(({ admin }) => admin.get('/health/ready')));
  console.log(
    `${verdict.lost.length} lost, ${verdict.doubled.length} double, ${verdict.unexpected.length} unexpected of ` +
      `${load.operations} operations (${verdict.writes} writes) across ${what}; the slowest request took ` +
      `${Math.round(load.slowestMs)} ms (seed ${seed})`,
  );
  expect(verdict).toMatchObject({ lost: [], doubled: [], unexpected: [], slow: [] });
  expect(ready.map(({ status }) => status)).toEqual(services.map(() => 200));
}

describe('a Redis that is frozen again and again under load', () => {
  it(
    `holds up no request, and all go on after each thaw (seed ${seed})`,
    async () => {
      const random = new Random(seed);
      const redis = await testRedis();
      const services = await testServices({ REDIS_URL: redis.serviceUrl });
      const load = newLoad(services, asUser(redis.url, 'fulcrum-client'), { random });
      await load.start();
      const resumed: number[] = [];
      for (let count = 0; count < FREEZES; count++) {
        redis.freeze();
        // How long it lasts is what happens here, not what is waited for.
        await pause(SHORTEST_MS + random.below(LONGEST_MS - SHORTEST_MS));
        redis.thaw();
        resumed.push(await load.resumed(RESUME_MS));
      }
      await settle(
        load,
        services,
        `${resumed.length} of ${FREEZES} freezes, after each of which all went on within ${Math.round(Math.max(...resumed))} ms`,
      );
      expect(resumed.length).toBe(FREEZES);
    },
    patience(FREEZES, 20_000),
  );

  it('is found to hold up requests where the operations have no end', async () => {
    const random = new Random(seed);
    const redis = await testRedis();
    const services = await testServices({ REDIS_URL: redis.serviceUrl, REDIS_TIMEOUT_MS: '60000' }, 1);
    const load = newLoad(services, asUser(redis.url, 'fulcrum-client'), { random });
    await load.start();
    redis.freeze();
    await pause(DEADLINE_MS + 1000);
    redis.thaw();
    await load.resumed(RESUME_MS);
    await load.finish();
    const { slow, lost } = await load.judge();
    console.log(`a service without an end of its operations held ${slow.length} requests (seed ${seed})`);
    expect(slow.length).toBeGreaterThan(0);
    expect(lost).toEqual([]);
  });
});

/** How many connections hear channels of all nodes by way of `node`. */
async function listeners(node: RedisProcess): Promise<number> {
  const list = String(await node.ask((client) => client.client('LIST')));
  return list.match(/ sub=[1-9]/g)?.length ?? 0;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

describe('a node of a cluster that is frozen', () => {
  let cluster: ReplicatedCluster;
  let services: ServiceProcess[];

  beforeAll(async () => {
    cluster = await ReplicatedCluster.start();
    services = await startServices(cluster.settings);
  });

  afterAll(async () => {
    await Promise.all((services ?? []).map((service) => service.stop()));
    await cluster?.stop();
  });

  it(
    `is replaced, and costs no write that a replica has (seed ${seed})`,
    async () => {
      const random = new Random(seed);
      const [kept] = cluster.nodes as readonly [RedisProcess];
      const load = newLoad(services, cluster.messageUrl(kept), { random, replicas: 1 });
      await load.start();
      const resumed: number[] = [];
      for (let count = 0; count < CLUSTER_FREEZES; count++) {
        const masters = (await cluster.masters()).filter((master) => master !== kept);
        const frozen = random.pick(masters as [RedisProcess, ...RedisProcess[]]);
        const before = performance.now();
        frozen.freeze();
        await cluster.takenOver(frozen);
        // Until it is a replica of its successor, no write there is on one, and none is acknowledged.
        frozen.thaw();
        await cluster.settled();
        await load.resumed(TAKEN_OVER_MS);
        resumed.push(performance.now() - before);
      }
      const within = Math.round(Math.max(...resumed));
      await settle(
        load,
        services,
        `${resumed.length} masters frozen until their replicas took over, all going on within ${within} ms of the freeze`,
      );
    },
    patience(CLUSTER_FREEZES, 60_000),
  );

  it('is left by all that is subscribed there, and takes no answer to a message with it', async () => {
    const counts = await Promise.all(cluster.nodes.map(listeners));
    const all = sum(counts);
    const frozen = await withOneMaster(cluster.nodes[counts.findIndex((count) => count > 0)]);
    const others = cluster.nodes.filter((node) => !frozen.includes(node)) as [RedisProcess];
    const messages = new MessageClient(cluster.messageUrl(others[0]), ADMIN_KEY);
    cleanups.push(() => messages.close());
    const ask = () =>
      messages.send('leaderboards.entries.get', { board: 'load', member: 'by-message' }).then(
        (entry) => Number(entry.score) > 0,
        () => false,
      );
    const before = performance.now();
    for (const node of frozen) node.freeze();
    try {
      const isLeft = async () => sum(await Promise.all(others.map(listeners))) >= all;
      await waitUntil('all is heard by way of other nodes', isLeft, { timeoutMs: TAKEN_OVER_MS });
      const areAnswered = async () =>
        (await Promise.all(Array.from({ length: MESSAGES }, ask))).every(Boolean);
      await waitUntil('all messages are answered', areAnswered, { timeoutMs: TAKEN_OVER_MS });
    } finally {
      for (const node of frozen) node.thaw();
    }
    const took = Math.round(performance.now() - before);
    console.log(
      `${all} subscribers had left a frozen node for others, and all messages were answered, after ${took} ms (seed ${seed})`,
    );
  });

  /** `node`, and a master that has its replica still, unless `node` is a master itself. */
  async function withOneMaster(node: RedisProcess | undefined): Promise<readonly RedisProcess[]> {
    if (node === undefined) throw new Error('nothing is subscribed anywhere');
    const masters = await cluster.masters();
    if (masters.includes(node)) return [node];
    const itself = (await membersAt(node)).find(({ flags }) => flags.includes('myself'));
    const ids = await Promise.all(masters.map((master) => cluster.idOf(master)));
    return [node, ...masters.filter((_, at) => ids[at] !== itself?.masterId).slice(0, 1)];
  }
});
