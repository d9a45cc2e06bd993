import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { COMMANDS_CLIENT } from '../../src/redis/redis-clients.js';
import type { Answer } from '../support/api-client.js';
import { MessageClient } from '../support/message-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADMIN_KEY, SESSION_KEYS, startService, type TestService } from '../support/service.js';
import { RedisProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { beginService, isAlive } from './processes.js';
import { DEADLINE_MS, patience, sized } from './sizes.js';

const FREEZES = sized(2, 15);
const REQUESTS = 20;
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function testRedis(): Promise<TestRedis> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  return redis;
}

async function testService(environment: Record<string, string>): Promise<TestService> {
  const service = await startService(environment);
  cleanups.push(() => service.stop());
  return service;
}

/** Freezes the server until the returned function is called. */
function freeze({ server: { pid } }: TestRedis): () => void {
  process.kill(pid, 'SIGSTOP');
  const thaw = () => process.kill(pid, 'SIGCONT');
  cleanups.push(async () => Promise.resolve(thaw()));
  return thaw;
}

interface Increment {
  readonly member: string;
  readonly headers: Record<string, string>;
}

/** Increments that are sent into a frozen Redis, and again as they are where the answer says that this is right. */
class FreezeRound {
  slow = 0;
  readonly answered: Record<string, number> = {};
  readonly untruthful: string[] = [];
  readonly unexpected: string[] = [];
  private readonly repeatable: Increment[] = [];

  constructor(private readonly service: TestService) {}

  async send(increment: Increment): Promise<Answer> {
    const { member, headers } = increment;
    const started = performance.now();
    const answer = await this.service.admin.post(
      '/v1/leaderboards/frozen/submissions',
      { member, score: 1, operator: 'increment' },
      headers,
    );
    if (performance.now() - started > DEADLINE_MS) this.slow++;
    const kind = answer.status === 503 ? `503 ${answer.body.code}` : String(answer.status);
    this.answered[kind] = (this.answered[kind] ?? 0) + 1;
    if (answer.status === 503 && answer.body.retryable === true) this.repeatable.push(increment);
    else if (answer.status === 503 && 'idempotency-key' in headers)
      this.untruthful.push('keyed, not retryable');
    else if (answer.status !== 200 && answer.status !== 503) this.unexpected.push(kind);
    return answer;
  }

  /** Sends again what may be, and checks that each of these increments has counted exactly once. */
  async repeat(direct: Redis): Promise<void> {
    for (const { member, headers } of this.repeatable.splice(0)) {
      const answer = await this.send({ member, headers });
      if (answer.status !== 200) continue;
      const arrival = await direct.hgetBuffer('fulcrum:default:{leaderboards:frozen}:arrivals', member);
      const element = Buffer.concat([arrival ?? Buffer.alloc(0), Buffer.from(member)]);
      const score = await direct.zscore('fulcrum:default:{leaderboards:frozen}:entries', element);
      if (score !== '-1') this.untruthful.push(`${member} ${score}`);
    }
  }
}

/** Freezes Redis again and again while requests begin, and thaws it when all are answered. */
async function freezeUnderLoad(
  redis: TestRedis,
  service: TestService,
  random: Random,
  freezes: number,
): Promise<FreezeRound> {
  const direct = new Redis(redis.url);
  cleanups.push(async () => Promise.resolve(direct.disconnect()));
  const round = new FreezeRound(service);
  for (let count = 0; count < freezes; count++) {
    const increments = Array.from({ length: REQUESTS }, (_, at): Increment => {
      const member = `member-${count}-${at}`;
      return { member, headers: random.chance(0.5) ? { 'idempotency-key': `key-${member}` } : {} };
    });
    const freezeAt = random.below(REQUESTS);
    let thaw: (() => void) | undefined;
    const sent: Promise<Answer>[] = [];
    for (const [at, increment] of increments.entries()) {
      if (at === freezeAt) thaw = freeze(redis);
      sent.push(round.send(increment));
    }
    await Promise.all(sent);
    thaw?.();
    await waitUntil(
      'the service is ready again',
      async () => (await service.admin.get('/health/ready')).status === 200,
      { timeoutMs: 20_000 },
    );
    await round.repeat(direct);
  }
  return round;
}

describe('a Redis that is frozen', () => {
  it(
    'holds up no request, and is used again when it thaws',
    async () => {
      const redis = await testRedis();
      const service = await testService({ REDIS_URL: redis.url });
      const seed = seedOfRun();
      const { slow, untruthful, unexpected, answered } = await freezeUnderLoad(
        redis,
        service,
        new Random(seed),
        FREEZES,
      );
      console.log(
        `${slow} slower than ${DEADLINE_MS} ms, ${untruthful.length} untruthful retryable in ${FREEZES} freezes ` +
          `(${JSON.stringify(answered)}, seed ${seed})`,
      );
      expect({ slow, untruthful, unexpected }).toEqual({ slow: 0, untruthful: [], unexpected: [] });
      expect(answered['503 redis.outcome-unknown']).toBeGreaterThan(0);
      const messages = new MessageClient(redis.url, ADMIN_KEY);
      cleanups.push(() => messages.close());
      const entry = await messages.send('leaderboards.entries.get', {
        board: 'frozen',
        member: 'member-0-0',
      });
      expect(entry.score).toBe(1);
    },
    patience(FREEZES, 30_000),
  );

  it('is found to hold up requests where the operations have no end', async () => {
    const redis = await testRedis();
    const service = await testService({ REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '60000' });
    const thaw = freeze(redis);
    const answer = service.admin.post('/v1/leaderboards/frozen/submissions', { member: 'one', score: 1 });
    const late = new Promise<string>((resolve) => setTimeout(() => resolve('late'), DEADLINE_MS));
    expect(await Promise.race([answer, late])).toBe('late');
    thaw();
    expect((await answer).status).toBe(200);
  });

  it('costs one connection: the next one is not cut for what the last one did not answer', async () => {
    const redis = await testRedis();
    const proxy = await RedisProxy.start(redis.url);
    cleanups.push(() => proxy.stop());
    const timeoutMs = 1000;
    const service = await testService({ REDIS_URL: proxy.url, REDIS_TIMEOUT_MS: String(timeoutMs) });
    const client = service.application.nest.get<RedisClient>(COMMANDS_CLIENT);
    let closed = 0;
    client.on('close', () => closed++);
    // What workers do meanwhile goes by connections of their own.
    const isTarget = ([name, ...words]: readonly string[]) =>
      name === 'evalsha' && words.some((word) => word.includes('{leaderboards:frozen}'));
    proxy.lose({ isTarget, after: 0 });
    const submit = () =>
      service.admin.post('/v1/leaderboards/frozen/submissions', {
        member: 'one',
        score: 1,
        operator: 'increment',
      });
    expect((await submit()).status).toBe(503);
    const lostAt = performance.now();
    await waitUntil('the time of the lost command is over', async () => {
      await submit();
      return performance.now() - lostAt > 2 * timeoutMs;
    });
    expect(closed).toBe(1);
  });
});

describe('a Redis that is not there at the start', () => {
  const environment = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fulcrum-boot-'));
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    return { DATA_DIR: folder, LOG_LEVEL: 'warn', SESSION_KEYS };
  };

  it('is waited for', async () => {
    const redis = await testRedis();
    const proxy = await RedisProxy.start(redis.url);
    cleanups.push(() => proxy.stop());
    proxy.refuse();
    const starting = startService({ REDIS_URL: proxy.url, REDIS_TIMEOUT_MS: '300' });
    await waitUntil('the service tried to connect', () => proxy.refused > 3);
    proxy.accept();
    const service = await starting;
    cleanups.push(() => service.stop());
    expect((await service.admin.get('/health/ready')).status).toBe(200);
    const submission = { member: 'one', score: 1 };
    expect((await service.admin.post('/v1/leaderboards/late/submissions', submission)).status).toBe(200);
  });

  it('ends the start with its address and exit code 1 when it does not come', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const started = beginService({
      ...(await environment()),
      REDIS_URL: `redis://:hidden-password@127.0.0.1:${port}`,
      REDIS_START_WAIT_MS: '500',
    });
    expect(await started.ended).toBe(1);
    expect(started.stderr()).toContain(`Redis at 127.0.0.1:${port} did not answer within 500 ms`);
    expect(started.stderr()).not.toContain('hidden-password');
    expect(started.stderr()).not.toMatch(/^ {4}at /m);
  });

  it('does not keep the service from being stopped', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    // Takes connections and never answers, as a server in another network may.
    const sockets: { destroy(): void }[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    cleanups.push(async () => Promise.resolve(sockets.forEach((socket) => socket.destroy())));
    const { port } = server.address() as AddressInfo;
    const started = beginService({
      ...(await environment()),
      REDIS_URL: `redis://127.0.0.1:${port}`,
      REDIS_START_WAIT_MS: '600000',
    });
    await waitUntil('the service tried to connect', () => sockets.length > 0);
    started.child.kill('SIGTERM');
    await started.ended;
    expect(isAlive(started.child.pid ?? 0)).toBe(false);
  });
});
