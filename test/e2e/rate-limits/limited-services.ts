import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect } from 'vitest';
import type { Answer, ApiClient } from '../../support/api-client.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { parseList } from './structured-fields.js';

const SECRET = 'a-shared-secret-of-at-least-32-bytes!';

/** One Redis, and services on it that limit their own traffic, until `stopServices`. */
export class LimitedServices {
  private readonly cleanups: (() => Promise<unknown>)[] = [];

  private constructor(readonly topology: Topology) {}

  static async start(): Promise<LimitedServices> {
    return new LimitedServices(await startTopology());
  }

  /** A service with these limits; without a prefix, its buckets are its own. */
  async limited(limits: Record<string, string>, prefix = `p-${randomUUID()}`): Promise<TestService> {
    await this.topology.admitPrefix(prefix);
    const service = await startService({
      ...this.topology.settings,
      REDIS_KEY_PREFIX: prefix,
      JWT_SECRET: SECRET,
      ...limits,
    });
    this.atEnd(() => service.stop());
    return service;
  }

  /** Does `clean` before the services of this test are stopped. */
  atEnd(clean: () => Promise<unknown>): void {
    this.cleanups.push(clean);
  }

  async stopServices(): Promise<void> {
    for (const clean of this.cleanups.splice(0).reverse()) await clean();
  }

  async stop(): Promise<void> {
    await this.topology.stop();
  }
}

/** A credential that is verified without Redis. */
export async function token(sub: string, tenant: string): Promise<string> {
  return await new SignJWT({ sub, tenant, roles: ['admin'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('10 min')
    .sign(new TextEncoder().encode(SECRET));
}

/** How often each status was answered to `count` requests. */
export async function statuses(count: number, send: () => Promise<Answer>): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let sent = 0; sent < count; sent++) {
    const { status } = await send();
    found[status] = (found[status] ?? 0) + 1;
  }
  return found;
}

/** Checks that `answer` is a whole refusal by these limits. */
export function expectRefused(answer: Answer, ...policies: string[]): void {
  expect(answer.status).toBe(429);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    title: expect.stringMatching(/./) as string,
    status: 429,
    code: 'throttle.quota-exceeded',
    requestId: answer.headers.get('x-request-id'),
    'violated-policies': policies,
  });
  const { retryAfterMs } = answer.body as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(answer.headers.get('retry-after')).toBe(String(Math.ceil(retryAfterMs / 1000)));
  const named = parseList(answer.headers.get('ratelimit'));
  for (const policy of policies) {
    expect(named.find(({ name }) => name === policy)?.parameters.r).toBe(0);
  }
}

/** The first refusal of `client`. */
export async function untilRefused(client: ApiClient, path = '/v1/me'): Promise<Answer> {
  return await waitUntil('the client is refused', async () => {
    const answer = await client.get(path);
    return answer.status === 429 ? answer : undefined;
  });
}
