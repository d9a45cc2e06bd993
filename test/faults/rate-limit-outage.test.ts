import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../src/transport/rate-limiting/token-buckets.js';
import type { Answer, ApiClient } from '../support/api-client.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { patience, sized } from './sizes.js';

const SECRET = 'a-shared-secret-of-at-least-32-bytes!';
const CAPACITY = 5;
const LIMIT = { capacity: CAPACITY, refillTokens: 1, refillIntervalMs: 3_600_000 };
const ROUNDS = sized(1, 10);
const ANSWER_MS = 1000;
/** Beyond the time that a limit may take, and within that of a connection. */
const LATENCY_MS = 600;
const KINDS = ['down', 'frozen', 'slow'] as const;
const MODES = ['allow', 'deny', 'local'] as const;
const CREDENTIALS = ['token', 'key'] as const;
type Kind = (typeof KINDS)[number];
type Mode = (typeof MODES)[number];

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Stands between a service and its Redis; can refuse connections and hold every reply back. */
class SlowProxy {
  latencyMs = 0;
  private refusing = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    readonly url: string,
  ) {
    server.on('connection', (socket) => this.take(socket));
  }

  static async start(targetUrl: string): Promise<SlowProxy> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(targetUrl);
    url.port = String((server.address() as AddressInfo).port);
    return new SlowProxy(server, new URL(targetUrl), url.href);
  }

  refuse(isRefusing: boolean): void {
    this.refusing = isRefusing;
    if (isRefusing) for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.refuse(true);
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(client: Socket): void {
    client.on('error', () => undefined);
    if (this.refusing) {
      client.destroy();
      return;
    }
    const redis = connect(Number(this.target.port), this.target.hostname);
    redis.on('error', () => undefined);
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => redis.write(chunk));
    let lastDue = 0;
    redis.on('data', (chunk) => {
      // No reply overtakes an earlier one, also when the latency ends.
      lastDue = Math.max(lastDue, performance.now() + this.latencyMs);
      setTimeout(() => client.writable && client.write(chunk), lastDue - performance.now());
    });
  }
}

interface World {
  readonly redis: TestRedis;
  readonly proxy: SlowProxy;
  readonly service: TestService;
  /** Its credential is verified without Redis; an API key, which the service has, is not. */
  readonly client: ApiClient;
}

/** A service with the limits on its own traffic that it has by default, and a policy a mode. */
async function newWorld(): Promise<World> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const proxy = await SlowProxy.start(redis.url);
  cleanups.push(() => proxy.stop());
  const service = await startService({
    REDIS_URL: proxy.url,
    JWT_SECRET: SECRET,
    RATE_LIMIT_ADDRESS: '20000/10000',
    RATE_LIMIT_CREDENTIAL: '20000/10000',
    RATE_LIMIT_TENANT: '40000/20000',
  });
  cleanups.push(() => service.stop());
  const token = await new SignJWT({ sub: 'outage', roles: ['admin'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1 h')
    .sign(new TextEncoder().encode(SECRET));
  const client = service.as(token);
  for (const mode of MODES) {
    expect((await client.put(`/v1/rate-limits/${mode}`, { ...LIMIT, onOutage: mode })).status).toBe(201);
  }
  return { redis, proxy, service, client };
}

/** Begins an outage; the function that it gives ends it. */
function fail(kind: Kind, { redis, proxy }: World): () => void {
  let end: () => void;
  if (kind === 'down') {
    proxy.refuse(true);
    end = () => proxy.refuse(false);
  } else if (kind === 'slow') {
    proxy.latencyMs = LATENCY_MS;
    end = () => (proxy.latencyMs = 0);
  } else {
    const { pid } = redis.server;
    process.kill(pid, 'SIGSTOP');
    end = () => process.kill(pid, 'SIGCONT');
  }
  cleanups.push(async () => Promise.resolve(end()));
  return end;
}

/** The ways to ask: with an Idempotency-Key too, which is kept in Redis as the buckets are. */
const WAYS: readonly ((client: ApiClient, policy: Mode, key: string) => Promise<Answer>)[] = [
  (client, policy, key) => client.post(`/v1/rate-limits/${policy}/consume`, { key }),
  (client, policy, key) =>
    client.post(`/v1/rate-limits/${policy}/consume`, { key }, { 'idempotency-key': randomUUID() }),
  (client, policy, key) =>
    client.post(
      '/v1/rate-limits/consume',
      { checks: [{ policy, key }] },
      { 'idempotency-key': randomUUID() },
    ),
];

interface Outcome {
  readonly requests: number;
  readonly wrong: string[];
  readonly slow: number;
}

/** What `policy` answers while Redis is away, held against what `declared` means. */
async function duringOutage(client: ApiClient, policy: Mode, declared: Mode, key: string): Promise<Outcome> {
  const wrong: string[] = [];
  let [slow, admitted, requests] = [0, 0, 0];
  const send = async () => {
    const way = WAYS[requests++ % WAYS.length]!;
    const started = performance.now();
    const { status, body } = await way(client, policy, key);
    if (performance.now() - started > ANSWER_MS) slow++;
    if (status !== 200) wrong.push(`${status} ${body.code}`);
    else if (body.allowed === true) admitted++;
    else if (!(body.retryAfterMs > 0)) wrong.push('refused without a time');
  };
  await Promise.all(Array.from({ length: 2 * CAPACITY }, send));
  for (let count = 0; count < 4; count++) await send();
  const expected = { allow: requests, deny: 0, local: CAPACITY }[declared];
  if (admitted !== expected) wrong.push(`${admitted} of ${requests} admitted, not ${expected}`);
  return { requests, wrong, slow };
}

/** Whether Redis decides again: only there 2 tokens of `key` are taken. */
async function recovers(client: ApiClient, mode: Mode, key: string): Promise<void> {
  await waitUntil(`Redis decides again about ${mode}`, async () => {
    const { body } = await client.post(`/v1/rate-limits/${mode}/consume`, { key, dryRun: true });
    return body.allowed === true && body.remaining === CAPACITY - 2;
  });
}

describe('limits while Redis is away', () => {
  it(
    'are decided as each policy declares, in time, and by Redis again afterwards',
    async () => {
      const cells = new Set<string>();
      const failed: string[] = [];
      let [requests, slow] = [0, 0];
      for (const kind of KINDS) {
        const world = await newWorld();
        for (let round = 0; round < ROUNDS; round++) {
          const before = `before-${round}`;
          const callers = { token: world.client, key: world.service.admin };
          for (const mode of MODES) {
            const path = `/v1/rate-limits/${mode}/consume`;
            for (const client of Object.values(callers)) await client.post(path, { key: before, cost: 1 });
            expect((await world.client.post(path, { key: before, dryRun: true })).body.remaining).toBe(
              CAPACITY - 2,
            );
          }
          const end = fail(kind, world);
          const outcomes: (Outcome & { readonly credential: string; readonly mode: Mode })[] = [];
          // One after the other: what was read of the key is no longer fresh when its turn comes.
          for (const credential of CREDENTIALS) {
            const during = `during-${round}-${credential}`;
            const asked = MODES.map(async (mode) => {
              return { credential, mode, ...(await duringOutage(callers[credential], mode, mode, during)) };
            });
            outcomes.push(...(await Promise.all(asked)));
          }
          end();
          for (const { credential, mode, ...outcome } of outcomes) {
            await recovers(world.client, mode, before);
            cells.add(`${kind} ${mode} ${credential}`);
            requests += outcome.requests;
            slow += outcome.slow;
            for (const wrong of outcome.wrong) failed.push(`${kind} ${mode} ${credential}: ${wrong}`);
          }
        }
      }
      const wrong = new Set(failed.map((each) => each.split(':')[0])).size;
      console.log(
        `${cells.size - wrong} of ${KINDS.length * MODES.length * CREDENTIALS.length} as declared, ${slow} slower than ${ANSWER_MS} ms ` +
          `in ${requests} requests of ${ROUNDS * KINDS.length} outages`,
      );
      expect({ failed, slow }).toEqual({ failed: [], slow: 0 });
      expect(cells.size).toBe(18);
    },
    patience(ROUNDS * KINDS.length, 30_000),
  );

  it('would be found out if a policy did not do what it declares', async () => {
    const world = await newWorld();
    for (const mode of MODES) await world.client.post(`/v1/rate-limits/${mode}/consume`, { key: 'warm' });
    const end = fail('down', world);
    for (const [policy, declared] of [
      ['allow', 'deny'],
      ['deny', 'allow'],
      ['local', 'allow'],
    ] as const) {
      const { wrong } = await duringOutage(world.client, policy, declared, `broken-${policy}`);
      expect(wrong).toHaveLength(1);
    }
    end();
  });

  it('would be found slow if they waited as long as other operations do', async () => {
    const world = await newWorld();
    const buckets = world.service.application.nest.get(TokenBuckets);
    const take = buckets.take.bind(buckets);
    buckets.take = (charges, options) => take(charges, { ...options, timeoutMs: 60_000 });
    await world.client.post('/v1/rate-limits/allow/consume', { key: 'warm' });
    const end = fail('frozen', world);
    const { slow } = await duringOutage(world.client, 'allow', 'allow', 'broken');
    end();
    expect(slow).toBeGreaterThan(0);
  });
});
