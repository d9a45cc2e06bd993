import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors/app-error.js';
import { requestErrors } from '../../src/errors/core.errors.js';
import { scoreOverflow } from '../../src/features/leaderboards/leaderboards.errors.js';
import { MessagesService } from '../../src/features/messaging/messaging.messages.service.js';
import { RankingsService } from '../../src/features/leaderboards/leaderboards.rankings.service.js';
import { type OpenApi, operationsOf } from '../drift/openapi-document.js';
import { seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { startService } from '../support/service.js';
import { SocketClient } from '../support/socket-client.js';
import { waitUntil } from '../support/wait-until.js';
import type { CampaignReport } from './fuzz/campaign-report.js';
import { runCampaign } from './fuzz/campaign.js';
import { Contract, type Objection } from './fuzz/contract.js';
import { runFrameCampaign, runRawCampaign } from './fuzz/frame-campaign.js';
import { LoopWatch } from './fuzz/loop-watch.js';
import { runMessageCampaign } from './fuzz/message-campaign.js';
import { buildWorld } from './fuzz/world.js';
import { patience, sized } from './sizes.js';

const REQUESTS = sized(4000, 50_000);
const MESSAGES = sized(400, 5000);
const FRAMES = sized(1000, 20_000);
/** WebSockets on which bytes are sent that are no frames. */
const CONNECTIONS = sized(200, 3000);
/** For so long no request may keep the event loop from others, in ms. */
const LONGEST_BLOCK_MS = 200;
/** From so long a wait for a processor on, a machine may keep Redis from answering in time, in ms. */
const STARVED_MS = 100;

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const contract = new Contract(JSON.parse(read('openapi.json')) as OpenApi, read('errors.md'));
const operations = operationsOf(contract.document);

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** The real service, watched from inside, and in it what the attack expects. */
async function attacked() {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const watch = await LoopWatch.create();
  cleanups.push(() => watch.end());
  const service = await startServiceProcess({ REDIS_URL: redis.url, ...watch.environment });
  cleanups.push(() => service.stop());
  const tokens = await buildWorld(service.admin);
  watch.begin();
  return { redis, service, tokens, watch };
}

function expectNothingOf({ counts, examples }: CampaignReport): void {
  expect(counts, examples.join('\n')).toEqual({ 'server error': 0, 'off the schema': 0, leak: 0 });
}

/** Redis may be late only where the machine kept the service itself waiting: the calls have 250 ms and more. */
function expectExcuses({ redisTimeouts }: CampaignReport, watch: LoopWatch): void {
  expect(redisTimeouts.filter((at) => watch.starvedBefore(at) < STARVED_MS)).toEqual([]);
}

describe('generated requests', () => {
  it(
    'are answered as documented, whatever they are, and block nobody',
    async () => {
      const seed = seedOfRun();
      const { service, tokens, watch } = await attacked();
      const report = await runCampaign({ url: service.url, contract, tokens, requests: REQUESTS, seed });
      const { blockMs, delayMs } = watch.report();
      console.log(
        `${report.summary()} requests over ${operations.length} operations, longest block ` +
          `${Math.round(blockMs)} ms (seed ${seed})\n` +
          `  busy time of the main thread between two turns of its loop; with the machine's other work ` +
          `${Math.round(delayMs)} ms\n${report.table()}`,
      );
      expectNothingOf(report);
      expectExcuses(report, watch);
      // Behind the handshake of a WebSocket are frames.
      const reachable = operations.filter(({ address }) => address !== 'GET /v1/socket');
      expect(report.unreached(reachable.map(({ address }) => address))).toEqual([]);
      expect(blockMs).toBeLessThan(LONGEST_BLOCK_MS);
      expect((await service.admin.get('/v1/me')).status).toBe(200);
      const written = service.stdout() + service.stderr();
      expect(Object.values(tokens).filter((token) => written.includes(token))).toEqual([]);
      expect(await service.stop()).toBe(0);
    },
    patience(REQUESTS, 20),
  );
});

describe('generated messages', () => {
  it(
    'have one reply each, as documented',
    async () => {
      const seed = seedOfRun();
      const { redis, service, tokens, watch } = await attacked();
      const report = await runMessageCampaign({
        redisUrl: redis.url,
        contract,
        tokens,
        messages: MESSAGES,
        seed,
      });
      console.log(
        `${report.summary()} messages over ${report.operations} patterns (seed ${seed})\n${report.table()}`,
      );
      expectNothingOf(report);
      expectExcuses(report, watch);
      expect((await service.admin.get('/health/ready')).status).toBe(200);
    },
    patience(MESSAGES, 20),
  );
});

describe('generated frames of WebSockets', () => {
  /** What others have of the service meanwhile: a message comes, and a request is answered. */
  async function othersAreServed(service: ServiceProcess, witness: SocketClient): Promise<void> {
    const had = witness.of('message').length;
    await service.admin.post('/v1/channels/witnessed/messages', { data: had });
    await waitUntil('the message', () => witness.of('message').length > had);
    expect(witness.closed).toBeUndefined();
    expect((await service.admin.get('/v1/me')).status).toBe(200);
  }

  it(
    'have one answer each, or end their connection with a reason, and nobody else’s',
    async () => {
      const seed = seedOfRun();
      const { service, tokens, watch } = await attacked();
      const witness = await SocketClient.open(service.url, tokens.reader);
      cleanups.push(() => witness.close());
      await witness.ask({ type: 'subscribe', channel: 'witnessed' });
      const options = { url: service.url, contract, token: tokens.admin, seed };
      const report = await runFrameCampaign({ ...options, frames: FRAMES });
      await othersAreServed(service, witness);
      const raw = await runRawCampaign({ ...options, frames: CONNECTIONS });
      await othersAreServed(service, witness);
      const { blockMs } = watch.report();
      console.log(
        `${report.summary()} frames, longest block ${Math.round(blockMs)} ms (seed ${seed})\n${report.table()}\n` +
          `${raw.summary()} connections with bytes that break the protocol\n${raw.table()}`,
      );
      expectNothingOf(report);
      expectExcuses(report, watch);
      expectNothingOf(raw);
      expect(report.unreached(['subscribed', 'unsubscribed', 'published', 'pong'])).toEqual([]);
      expect(blockMs).toBeLessThan(LONGEST_BLOCK_MS);
      witness.close();
      await waitUntil('nobody is left', async () => {
        const { body } = await service.admin.get('/metrics');
        return (
          String(body).includes('fulcrum_live_connections{kind="websocket"} 0\n') &&
          String(body).includes('fulcrum_subscriptions 0\n')
        );
      });
      expect(service.stdout() + service.stderr()).not.toContain('service.internal');
      expect(await service.stop()).toBe(0);
    },
    patience(FRAMES + CONNECTIONS, 20),
  );
});

describe('a service that is wrong', () => {
  const original = RankingsService.prototype.page;
  type Page = typeof original;
  let attackWith: (page: Page) => Promise<CampaignReport>;
  let sendFramesWith: (publish: () => Promise<never>) => Promise<CampaignReport>;

  beforeAll(async () => {
    const redis = await startRedis();
    const limit = '20000/10000';
    const service = await startService({
      REDIS_URL: redis.url,
      RATE_LIMIT_ADDRESS: limit,
      RATE_LIMIT_CREDENTIAL: limit,
      RATE_LIMIT_TENANT: limit,
    });
    const tokens = await buildWorld(service.admin);
    const only = ['GET /v1/leaderboards/:board/entries'];
    attackWith = (page) => {
      Object.assign(service.application.nest.get(RankingsService), { page });
      return runCampaign({ url: service.url, contract, tokens, requests: 60, seed: seedOfRun(), only });
    };
    sendFramesWith = (publish) => {
      Object.assign(service.application.nest.get(MessagesService), { publish });
      const options = { url: service.url, contract, token: tokens.admin, seed: seedOfRun() };
      return runFrameCampaign({ ...options, frames: 60 });
    };
    return async () => {
      await service.stop();
      await redis.stop();
    };
  });

  const failing = (error: () => Error) => (): never => {
    throw error();
  };
  const changing = (change: (answer: object) => object): Page =>
    async function (this: RankingsService, ...call) {
      return change(await original.apply(this, call)) as Awaited<ReturnType<Page>>;
    };

  it('is not what the original handler makes of it', async () => {
    expectNothingOf(await attackWith(original));
  });

  it.each<[string, Objection['sort'], Page]>([
    ['an unexpected error', 'server error', failing(() => new Error('unexpected'))],
    ['a stack', 'leak', failing(() => new AppError(requestErrors.invalid, String(new Error('x').stack)))],
    ['an undocumented status', 'off the schema', failing(scoreOverflow)],
    ['an undocumented field', 'off the schema', changing((answer) => ({ ...answer, more: 1 }))],
    ['a field that is missing', 'off the schema', changing((answer) => ({ ...answer, total: undefined }))],
    ['a field of another type', 'off the schema', changing((answer) => ({ ...answer, total: '1' }))],
  ])('is found out by %s', async (_what, sort, page) => {
    expect((await attackWith(page)).counts[sort]).toBeGreaterThan(0);
  });

  it.each([
    ['an unexpected error', () => Promise.reject(new Error('unexpected'))],
    ['a stack', () => Promise.reject(new AppError(requestErrors.invalid, String(new Error('x').stack)))],
  ])('is found out by a frame that is answered with %s', async (_what, publish) => {
    const { counts } = await sendFramesWith(publish);
    expect(counts['off the schema']).toBeGreaterThan(0);
  });

  it('is found out by an event loop that does not turn', async () => {
    const watch = await LoopWatch.create();
    cleanups.push(() => watch.end());
    // 0.4 s of a processor between two turns of the loop, in the place of the service.
    const blocked = `const from = process.cpuUsage(); while (process.cpuUsage(from).user < 400_000);`;
    const code = `setTimeout(() => { ${blocked} }, 50); setTimeout(() => {}, 500);`;
    await promisify(execFile)(process.execPath, ['-e', code], {
      env: { ...process.env, ...watch.environment },
    });
    expect(watch.report().blockMs).toBeGreaterThan(LONGEST_BLOCK_MS);
  });
});
