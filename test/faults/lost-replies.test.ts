import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { COMMANDS_CLIENT } from '../../src/redis/redis-clients.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { RedisProxy } from '../support/tcp-proxy.js';
import { type CampaignResult, LossCampaign } from './loss-campaign.js';
import { patience, sized } from './sizes.js';

const LOSSES = sized(80, 1000);
/** Enough for ioredis' defaults to repeat some of them. */
const LOSSES_WITH_DEFAULTS = 40;

let proxy: RedisProxy;
let service: TestService;
let direct: Redis;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  proxy = await RedisProxy.start(redis.url);
  cleanups.push(() => proxy.stop());
  service = await startService({ REDIS_URL: proxy.url, REDIS_TIMEOUT_MS: '500' });
  cleanups.push(() => service.stop());
  direct = new Redis(redis.url);
  cleanups.push(() => direct.disconnect());
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** What ioredis does if nobody says otherwise: wait for a connection, and send again what was not answered. */
function giveDefaults(): void {
  const client = service.application.nest.get<RedisClient>(COMMANDS_CLIENT);
  Object.assign(client.options, {
    autoResendUnfulfilledCommands: true,
    maxRetriesPerRequest: 20,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    socketTimeout: undefined,
  });
}

function summary(result: CampaignResult, seed: number): string {
  const { twice, hung, absent, untruthful, unexpected, losses, requests, sends, unavailable } = result;
  return (
    `${twice.length} applied twice, ${hung.length} hung, ${absent.length} answered 2xx but absent, ` +
    `${untruthful.length} untruthful retryable, ${unexpected.length} unexpected answers in ${losses} lost replies ` +
    `(${requests} requests, ${sends} sends, ${unavailable} answers with 503, seed ${seed})`
  );
}

describe('a reply that is lost after Redis executed the command', () => {
  it(
    'doubles nothing, hides nothing and holds up nobody',
    async () => {
      const seed = seedOfRun();
      const campaign = new LossCampaign(service.admin, proxy, direct, new Random(seed));
      const { twice, hung, absent, untruthful, unexpected, ...counts } = await campaign.run(LOSSES);
      console.log(summary({ twice, hung, absent, untruthful, unexpected, ...counts }, seed));
      expect({ twice, hung, absent, untruthful, unexpected }).toEqual({
        twice: [],
        hung: [],
        absent: [],
        untruthful: [],
        unexpected: [],
      });
      expect(counts.losses).toBeGreaterThanOrEqual(LOSSES);
      expect(counts.unavailable).toBeGreaterThan(0);
    },
    patience(LOSSES, 1000),
  );

  it('is found to double requests with the defaults of ioredis', async () => {
    giveDefaults();
    const seed = seedOfRun();
    const campaign = new LossCampaign(service.admin, proxy, direct, new Random(seed));
    const result = await campaign.run(LOSSES_WITH_DEFAULTS);
    console.log(`with ioredis' defaults: ${summary(result, seed)}`);
    expect(result.twice.length).toBeGreaterThan(0);
  }, 120_000);
});
