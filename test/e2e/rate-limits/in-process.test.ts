import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from '../../../src/access/caller.js';
import { RateLimitsService } from '../../../src/features/rate-limits/rate-limits.service.js';
import { BucketThrottlerStorage } from '../../../src/transport/rate-limiting/throttler.storage.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

/** So slow that no token comes back while a test runs. */
const SLOW = { refillTokens: 1, refillIntervalMs: 86_400_000 };
const DAY_SECONDS = 86_400;

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

describe('the rate limits in process', () => {
  it('take, refuse, and give back what was taken, never more than the bucket holds', async () => {
    const limits = service.application.nest.get(RateLimitsService);
    const caller = Caller.inProcess();
    await limits.put(caller, { policy: 'calls', capacity: 3, ...SLOW });
    const check = { policy: 'calls', key: 'a', cost: 2 };
    expect(await limits.consume(caller, check)).toMatchObject({ allowed: true, remaining: 1 });
    expect(await limits.consume(caller, check)).toMatchObject({ allowed: false, remaining: 1 });
    await limits.refund(caller, check);
    await limits.refund(caller, check);
    expect(await limits.consume(caller, { ...check, dryRun: true })).toMatchObject({ remaining: 3 });
    expect(await limits.consume(caller, { ...check, cost: 3 })).toMatchObject({
      allowed: true,
      remaining: 0,
    });
  });
});

describe('the storage for throttlers of a module’s own', () => {
  it('counts hits, and blocks when the limit is used up, in whole seconds', async () => {
    const storage = service.application.nest.get(BucketThrottlerStorage);
    const hit = () => storage.increment('someone', 2 * DAY_SECONDS * 1000, 2, 0, 'mine');
    expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false, timeToBlockExpire: 0 });
    expect(await hit()).toMatchObject({ totalHits: 2, isBlocked: false });
    const blocked = await hit();
    expect(blocked).toMatchObject({ totalHits: 3, isBlocked: true });
    expect(blocked.timeToBlockExpire).toBeGreaterThan(DAY_SECONDS / 2);
    expect(blocked.timeToBlockExpire).toBeLessThanOrEqual(DAY_SECONDS);
    expect(blocked.timeToExpire).toBeLessThanOrEqual(2 * DAY_SECONDS);
  });
});
