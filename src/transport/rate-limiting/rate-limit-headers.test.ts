import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { addRateLimitHeaders, type AppliedLimit, policyItem } from './rate-limit-headers.js';
import { type BucketLimit, type BucketState, stateOf } from './token-bucket.js';

/** The rate limit fields of an answer to which `limits` were added, list by list. */
async function fieldsOf(...lists: (readonly AppliedLimit[])[]): Promise<Record<string, unknown>> {
  const app = fastify();
  app.get('/', async (_request, reply) => {
    for (const limits of lists) addRateLimitHeaders(reply, limits);
    return await Promise.resolve('');
  });
  const { headers } = await app.inject('/');
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ratelimit')));
}

const applied = (name: string, limitOf: BucketLimit, state: BucketState): AppliedLimit => ({
  name,
  policy: policyItem(name, limitOf),
  state,
});

const limit = { capacity: 5, refillTokens: 1, refillIntervalMs: 1500 };

describe('the fields RateLimit-Policy and RateLimit', () => {
  it('are left out where nothing is limited', async () => {
    expect(await fieldsOf([])).toEqual({});
  });

  it('tell quota, window, what is left and when it is whole again, in seconds that are rounded up', async () => {
    const state = stateOf(limit, 4_500_000, 0, 3_000_001);
    expect(await fieldsOf([applied('address', limit, state)])).toEqual({
      'ratelimit-policy': '"address";q=5;w=8',
      ratelimit: '"address";r=3;t=4',
    });
  });

  it('become lists as guard after guard adds to them', async () => {
    const state = stateOf(limit, 0, 1, 7_500_000);
    const fields = await fieldsOf(
      [applied('address', limit, state)],
      [
        applied('credential', limit, state),
        applied('tenant', { ...limit, capacity: 1, refillIntervalMs: 1 }, state),
      ],
    );
    expect(fields).toEqual({
      'ratelimit-policy': '"address";q=5;w=8, "credential";q=5;w=8, "tenant";q=1;w=1',
      ratelimit: '"address";r=0;t=8, "credential";r=0;t=8, "tenant";r=0;t=8',
    });
  });
});
