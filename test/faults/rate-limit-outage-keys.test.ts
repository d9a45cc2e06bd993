import { afterEach, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from '../support/api-client.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { newKey } from '../e2e/access/credentials.js';

const POLICY = { capacity: 5, refillTokens: 1, refillIntervalMs: 3_600_000, onOutage: 'allow' };
/** Longer than a node trusts what it read of a key without asking again. */
const TRUSTED_MS = 600;
/** Long enough for what a test does within it on a busy machine. */
const GRACE_MS = 5000;
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function startNodes(count: number): Promise<{ redis: TestRedis; nodes: TestService[] }> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const nodes: TestService[] = [];
  for (let at = 0; at < count; at++) {
    const node = await startService({ REDIS_URL: redis.serviceUrl });
    cleanups.push(() => node.stop());
    nodes.push(node);
  }
  expect((await nodes[0]?.admin.put('/v1/rate-limits/open', POLICY))?.status).toBe(201);
  return { redis, nodes };
}

/** Freezes Redis for long enough that nothing is trusted which was read before; the function that it gives ends it. */
async function freeze({ server: { pid } }: TestRedis): Promise<() => void> {
  process.kill(pid, 'SIGSTOP');
  const thaw = () => process.kill(pid, 'SIGCONT');
  cleanups.push(async () => Promise.resolve(thaw()));
  await new Promise((resolve) => setTimeout(resolve, TRUSTED_MS));
  return thaw;
}

const consume = (client: ApiClient) => client.post('/v1/rate-limits/open/consume', { key: 'k' });
const consumeAll = (client: ApiClient) =>
  client.post('/v1/rate-limits/consume', { checks: [{ policy: 'open', key: 'k' }] });
const outcome = ({ status, body }: Answer): unknown[] => [status, status === 200 ? body.allowed : body.code];

describe('an API key while Redis is away', () => {
  it('counts for consumptions, and for nothing else', async () => {
    const { redis, nodes } = await startNodes(1);
    const service = nodes[0]!;
    const known = service.as((await newKey(service.admin, { roles: ['worker'] })).secret);
    const unused = service.as((await newKey(service.admin, { roles: ['worker'] })).secret);
    expect(outcome(await consume(known))).toEqual([200, true]);
    const wrong = service.as(`${known.token?.slice(0, -4)}zzzz`);
    const thaw = await freeze(redis);
    for (const ask of [consume, consumeAll]) expect(outcome(await ask(known))).toEqual([200, true]);
    const refused = await Promise.all([
      known.get('/v1/me'),
      known.get('/v1/rate-limits/open'),
      known.post('/v1/leaderboards/b/submissions', { member: 'm', score: 1 }),
      consume(unused),
      consume(wrong),
      consumeAll(wrong),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 503));
    thaw();
    await waitUntil('Redis answers', async () => (await known.get('/v1/me')).status === 200);
    expect(outcome(await consume(wrong))).toEqual([401, 'access.invalid-credential']);
  });

  it('does not outlive its expiry, nor a secret its grace', async () => {
    const { redis, nodes } = await startNodes(1);
    const service = nodes[0]!;
    const expiresAt = new Date(Date.now() + GRACE_MS).toISOString();
    const expiring = service.as((await newKey(service.admin, { roles: ['worker'], expiresAt })).secret);
    const rotated = await newKey(service.admin, { roles: ['worker'] });
    await service.admin.post(`/v1/api-keys/${rotated.id}/rotate`, { graceMs: GRACE_MS });
    const callers = [expiring, service.as(rotated.secret)];
    const over = Date.now() + GRACE_MS;
    for (const caller of callers) expect((await consume(caller)).status).toBe(200);
    await freeze(redis);
    for (const caller of callers) expect((await consume(caller)).status).toBe(200);
    expect(Date.now()).toBeLessThan(over);
    await waitUntil('both are over', () => Date.now() > over);
    for (const caller of callers) expect((await consume(caller)).status).toBe(503);
  });

  it('is no more known once it was seen to be revoked, which a second after it is', async () => {
    const { redis, nodes } = await startNodes(2);
    const { id, secret } = await newKey(nodes[0]!.admin, { roles: ['worker'] });
    const [here, there] = nodes.map((node) => node.as(secret));
    for (const caller of [here!, there!]) expect((await consume(caller)).status).toBe(200);
    expect((await nodes[1]!.admin.delete(`/v1/api-keys/${id}`)).status).toBe(204);
    const revoked = performance.now();
    let last = revoked;
    await waitUntil('the key is refused', async () => {
      const began = performance.now();
      if ((await consume(here!)).status === 401) return true;
      last = began;
      return false;
    });
    expect(last - revoked).toBeLessThanOrEqual(1000);
    await freeze(redis);
    for (const caller of [here!, there!]) expect((await consume(caller)).status).toBe(503);
  });
});
