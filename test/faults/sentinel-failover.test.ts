import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../support/message-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { asUser } from '../support/redis-users.js';
import { type SentinelSet, startSentinels } from '../support/sentinels.js';
import { ADMIN_KEY } from '../support/service.js';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { MixedLoad } from './mixed-load.js';
import { patience, sized } from './sizes.js';

const FAILOVERS = sized(2, 20);
/** Until every client goes on, from the loss of the master on. */
const RESUME_MS = 15_000;
const WITHOUT_LIMITS = { RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off', RATE_LIMIT_TENANT: 'off' };
const seed = seedOfRun();

let set: SentinelSet;
let services: ServiceProcess[];

beforeAll(async () => {
  set = await startSentinels();
  services = await Promise.all([0, 1].map(() => startServiceProcess({ ...set.settings, ...WITHOUT_LIMITS })));
});

afterAll(async () => {
  await Promise.all((services ?? []).map((service) => service.stop()));
  await set?.stop();
});

/** Takes the master away, by a kill or a freeze, until another one is in its place; what gives it back is returned. */
async function loseMaster(how: 'killed' | 'frozen'): Promise<() => Promise<void>> {
  const lost = await set.master();
  if (how === 'killed') await lost.kill();
  else lost.freeze();
  await waitUntil('there is another master', async () => (await set.master().catch(() => lost)) !== lost, {
    timeoutMs: 30_000,
  });
  return async () => {
    if (how === 'killed') await lost.begin();
    else lost.thaw();
    await set.settled();
  };
}

describe('a master that Sentinels replace under load', () => {
  it(
    `costs no write that replicas have, and all go on by themselves (seed ${seed})`,
    async () => {
      const { REDIS_SENTINELS: sentinels = '', REDIS_SENTINEL_MASTER: master = '' } = set.settings;
      const load = new MixedLoad({
        urls: () => services.map(({ url }) => url),
        random: new Random(seed),
        replicas: 1,
        messages: new MessageClient(
          asUser(master, 'fulcrum-client'),
          ADMIN_KEY,
          undefined,
          sentinels.split(','),
        ),
      });
      await load.start();
      const resumed: number[] = [];
      for (let round = 0; round < FAILOVERS; round++) {
        const before = performance.now();
        const giveBack = await loseMaster(round % 2 === 0 ? 'killed' : 'frozen');
        await load.resumed(RESUME_MS);
        resumed.push(performance.now() - before);
        await giveBack();
        await load.resumed(RESUME_MS);
      }
      await load.finish();
      const verdict = await load.judge();
      const wedged = await Promise.all(services.map(({ admin }) => admin.get('/health/ready')));
      console.log(
        `${verdict.lost.length} lost, ${verdict.doubled.length} double of ${verdict.writes} writes on 1 replica across ` +
          `${FAILOVERS} failovers; all went on within ${Math.round(Math.max(...resumed))} ms of the loss, the slowest request ` +
          `took ${Math.round(load.slowestMs)} ms (seed ${seed})`,
      );
      expect(verdict).toMatchObject({ lost: [], doubled: [], unexpected: [], slow: [] });
      expect(Math.max(...resumed)).toBeLessThan(RESUME_MS);
      expect(wedged.map(({ status }) => status)).toEqual([200, 200]);
    },
    patience(FAILOVERS, 40_000),
  );

  it('costs the writes that no replica has, which their answers say', async () => {
    const admin = services[0]?.admin;
    const master = await set.master();
    const replicas = set.servers.filter((server) => server !== master);
    // What was sent to them before they were frozen they would still read.
    for (const replica of replicas) replica.freeze();
    await master.ask((client) => client.client('KILL', 'TYPE', 'replica'));
    const told = [];
    for (let n = 0; n < 3; n++) {
      const answer = await admin?.post('/v1/streams/naive/entries', { data: n }, { durability: 'replica=1' });
      told.push([answer?.status, answer?.headers.get('durability')]);
    }
    await master.kill();
    for (const replica of replicas) replica.thaw();
    await waitUntil(
      'there is another master',
      async () => (await set.master().catch(() => master)) !== master,
      {
        timeoutMs: 30_000,
      },
    );
    const left = await waitUntil(
      'the service is back',
      async () => {
        const answer = await admin?.get('/v1/streams/naive/entries');
        return answer?.status === 503 ? undefined : answer;
      },
      { timeoutMs: RESUME_MS },
    );
    await master.begin();
    await set.settled();
    console.log(`who takes 201 for enough loses 3 of 3 writes that no replica had (seed ${seed})`);
    expect(told).toEqual(Array.from({ length: 3 }, () => [201, 'replica=0']));
    expect(left.body.items ?? []).toEqual([]);
  });
});
