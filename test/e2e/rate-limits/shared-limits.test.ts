import { randomUUID } from 'node:crypto';
import { Cluster, type Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../support/wait-until.js';
import { LimitedServices, statuses, token } from './limited-services.js';

const BATCH = { submissions: [{ member: 'a', score: 1 }] };

let services: LimitedServices;

beforeAll(async () => {
  services = await LimitedServices.start();
});

afterEach(async () => {
  await services?.stopServices();
});

afterAll(async () => {
  await services?.stop();
});

/** How often Redis executed each command so far, on all of its nodes. */
async function commands(client: Redis | Cluster): Promise<Record<string, number>> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const found: Record<string, number> = {};
  for (const info of await Promise.all(nodes.map((node) => node.info('commandstats')))) {
    for (const [, name = '', calls] of info.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)) {
      found[name] = (found[name] ?? 0) + Number(calls);
    }
  }
  return found;
}

describe('a client far over its limit', () => {
  it.each(['RATE_LIMIT_ADDRESS', 'RATE_LIMIT_CREDENTIAL', 'RATE_LIMIT_TENANT'])(
    'of %s costs Redis nothing',
    async (setting) => {
      // All of the capacity in one request, so that the next one is refused for nine seconds.
      const service = await services.limited({ [setting]: '9/1' });
      const client = service.as(await token('far-over', 'acme'));
      const direct = services.topology.connect();
      services.atEnd(async () => Promise.resolve(direct.disconnect()));
      const send = () => client.post('/v1/leaderboards/b/submissions/batch', BATCH);
      expect([(await send()).status, (await send()).status]).toEqual([200, 429]);
      const before = await commands(direct);
      expect(await statuses(300, send)).toEqual({ 429: 300 });
      const after = await commands(direct);
      const spent = ['evalsha', 'eval', 'get', 'set', 'time', 'hget', 'hgetall'].filter(
        (name) => (after[name] ?? 0) - (before[name] ?? 0) > 30,
      );
      expect(spent).toEqual([]);
      await waitUntil(
        'one that costs less is admitted',
        async () => (await client.get('/v1/me')).status === 200,
      );
    },
  );
});

describe('several services', () => {
  it('share the buckets: no more is admitted than they hold and get back', async () => {
    const prefix = `p-${randomUUID()}`;
    const limits = { RATE_LIMIT_CREDENTIAL: '40/20' };
    const [one, two] = [await services.limited(limits, prefix), await services.limited(limits, prefix)];
    const bearer = await token('shared', 'acme');
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? one : two).as(bearer).get('/v1/me')),
    );
    const elapsedMs = performance.now() - started;
    const admitted = answers.filter((answer) => answer.status === 200).length;
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(200 - admitted);
    expect(admitted).toBeGreaterThanOrEqual(40);
    expect(admitted).toBeLessThanOrEqual(40 + Math.ceil((elapsedMs / 1000) * 20));
  });
});
