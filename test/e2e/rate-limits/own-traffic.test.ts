import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/api-client.js';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, type TestService } from '../../support/service.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';
import { expectRefused, LimitedServices, statuses, token, untilRefused } from './limited-services.js';
import { parseList } from './structured-fields.js';

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

describe('the limit by address', () => {
  it('counts those who are not let in too, and comes before authentication', async () => {
    const service = await services.limited({ RATE_LIMIT_ADDRESS: '6/1' });
    const first = await service.as('garbage').get('/v1/me');
    expect(first.status).toBe(401);
    expect(parseList(first.headers.get('ratelimit-policy'))).toEqual([
      { name: 'address', parameters: { q: 6, w: 6 } },
    ]);
    expect(parseList(first.headers.get('ratelimit'))[0]).toMatchObject({
      name: 'address',
      parameters: { r: 5 },
    });
    const refused = await waitUntil('the address is refused', async () => {
      const answer = await service.as(undefined).get('/v1/me');
      if (answer.status === 429) return answer;
      expect(answer.status).toBe(401);
      return undefined;
    });
    expectRefused(refused, 'address');
    expectRefused(await service.admin.get('/v1/me'), 'address');
    await waitUntil(
      'the address is let in again',
      async () => (await service.admin.get('/v1/me')).status === 200,
    );
  });

  it('holds for what reaches no handler too: unknown routes, wrong methods, unreadable bodies, the docs', async () => {
    const service = await services.limited({ RATE_LIMIT_ADDRESS: '6/1' });
    const { admin } = service;
    const answers = [
      await admin.get('/no/such/route'),
      await admin.send('PATCH', '/v1/me'),
      await admin.post('/v1/leaderboards/b/submissions', '{"member"'),
      await admin.get('/openapi.json'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 405, 400, 200]);
    for (const { headers } of answers) {
      expect(parseList(headers.get('ratelimit-policy'))[0]).toMatchObject({ name: 'address' });
      expect(parseList(headers.get('ratelimit'))[0]).toMatchObject({ name: 'address' });
    }
    const refused = await waitUntil('the address is refused', async () => {
      const answer = await admin.get('/no/such/route');
      return answer.status === 429 ? answer : undefined;
    });
    expectRefused(refused, 'address');
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expect((await admin.get(path)).status).toBe(200);
    }
  });

  const from = (service: TestService, forwarded: string) => () =>
    service.admin.get('/v1/me', { 'x-forwarded-for': forwarded });

  it('takes the last address of X-Forwarded-For behind one proxy', async () => {
    const service = await services.limited({ RATE_LIMIT_ADDRESS: '3/1', TRUSTED_PROXIES: '1' });
    for (const client of ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:0:1::1']) {
      expect(await statuses(2, from(service, client))).toEqual({ 200: 2 });
    }
    const seen = await Promise.all(
      Array.from({ length: 20 }, (_, at) => from(service, `10.0.0.${at}, 192.0.2.9`)()),
    );
    expect(seen.some(({ status }) => status === 429)).toBe(true);
    const network = await Promise.all(
      Array.from({ length: 20 }, (_, at) => from(service, `2001:db8:0:2::${at}`)()),
    );
    expect(network.some(({ status }) => status === 429)).toBe(true);
    expect(await statuses(2, from(service, '192.0.2.3'))).toEqual({ 200: 2 });
  });

  it('ignores X-Forwarded-For where there is no proxy', async () => {
    const service = await services.limited({ RATE_LIMIT_ADDRESS: '3/1' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => from(service, `192.0.2.${at}`)()),
    );
    expect(answers.some(({ status }) => status === 429)).toBe(true);
  });

  it('holds for no probe and no metrics', async () => {
    const service = await services.limited({ RATE_LIMIT_ADDRESS: '1/1' });
    const anyone = service.as(undefined);
    expectRefused(await untilRefused(anyone), 'address');
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expect(await statuses(10, () => anyone.get(path))).toEqual({ 200: 10 });
    }
  });
});

describe('the limit by credential', () => {
  it('holds for one credential, whatever it sends', async () => {
    const service = await services.limited({ RATE_LIMIT_CREDENTIAL: '4/1' });
    const other = service.as((await newKey(service.admin, { roles: ['reader'] })).secret);
    expectRefused(await untilRefused(service.admin), 'credential');
    expect((await other.get('/v1/me')).status).toBe(200);
    expectRefused(await untilRefused(other, '/v1/leaderboards'), 'credential');
  });

  it('counts messages with the requests', async () => {
    const service = await services.limited({ RATE_LIMIT_CREDENTIAL: '12/1' });
    const messages = new MessageClient(services.topology.messageUrl, ADMIN_KEY);
    services.atEnd(() => messages.close());
    const send = () => messages.send('leaderboards.boards.list', {});
    expect(await send()).toMatchObject({ items: [] });
    const seen = await Promise.allSettled(Array.from({ length: 30 }, send));
    const refused = seen.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      status: 429,
      code: 'throttle.quota-exceeded',
      retryAfterMs: expect.any(Number) as number,
    });
    expectRefused(await untilRefused(service.admin), 'credential');
  });

  it('takes 10 for a batch of submissions', async () => {
    const service = await services.limited({ RATE_LIMIT_CREDENTIAL: '1000000/1' });
    const left = (answer: Answer) => parseList(answer.headers.get('ratelimit'))[0]?.parameters.r ?? 0;
    const submit = () => service.admin.post('/v1/leaderboards/b/submissions/batch', BATCH);
    const [first, second] = [await submit(), await submit()];
    expect(second.status).toBe(200);
    const third = await service.admin.get('/v1/me');
    expect(left(first)).toBe(999_990);
    // A token a second comes back meanwhile.
    expect(left(first) - left(second)).toBeGreaterThan(5);
    expect(left(second) - left(third)).toBeLessThanOrEqual(1);
  });
});

describe('a request that costs more than a limit can hold', () => {
  it.each(['address', 'credential', 'tenant'])('takes all that there is by %s', async (name) => {
    const service = await services.limited({ [`RATE_LIMIT_${name.toUpperCase()}`]: '5/2' });
    const submit = () => service.admin.post('/v1/leaderboards/b/submissions/batch', BATCH);
    const first = await submit();
    expect([first.status, parseList(first.headers.get('ratelimit'))[0]?.parameters.r]).toEqual([200, 0]);
    const refused = await submit();
    expectRefused(refused, name);
    // The whole bucket has to come back, and that is when the client is told to come.
    expect(refused.body.retryAfterMs).toBeGreaterThan(500);
    expect(refused.body.retryAfterMs).toBeLessThanOrEqual(2500);
    await new Promise((resolve) => setTimeout(resolve, Number(refused.body.retryAfterMs)));
    expect((await submit()).status).toBe(200);
  });
});

describe('the limit by tenant', () => {
  it('holds for all of its credentials together, over both transports', async () => {
    const service = await services.limited({ RATE_LIMIT_TENANT: '20/1' });
    const [one, two, other] = [await token('a', 'acme'), await token('b', 'acme'), await token('a', 'other')];
    expectRefused(await untilRefused(service.as(one)), 'tenant');
    expectRefused(await untilRefused(service.as(two)), 'tenant');
    expect((await service.as(other).get('/v1/me')).status).toBe(200);
    const messages = new MessageClient(services.topology.messageUrl, two);
    services.atEnd(() => messages.close());
    const seen = await Promise.allSettled(
      Array.from({ length: 30 }, () => messages.send('leaderboards.boards.list', {})),
    );
    const refused = seen.find((each) => each.status === 'rejected');
    expect(refused?.reason).toMatchObject({
      code: 'throttle.quota-exceeded',
      'violated-policies': ['tenant'],
    });
  });
});

describe('RateLimit-Policy and RateLimit', () => {
  it('name all three limits on every answer of a route', async () => {
    const all = {
      RATE_LIMIT_ADDRESS: '1000/1',
      RATE_LIMIT_CREDENTIAL: '2000/1',
      RATE_LIMIT_TENANT: '3000/500',
    };
    const service = await services.limited(all);
    const { admin } = service;
    await admin.put('/v1/rate-limits/own', { capacity: 1, refillTokens: 1, refillIntervalMs: 1000 });
    const reader = service.as((await newKey(admin, { roles: ['reader'] })).secret);
    const answers: [number, Answer, string[]][] = [
      [200, await admin.get('/v1/me'), ['address', 'credential', 'tenant']],
      [
        200,
        await admin.post('/v1/rate-limits/own/consume', { key: 'a' }),
        ['address', 'credential', 'tenant'],
      ],
      [404, await admin.get('/v1/leaderboards/none'), ['address', 'credential', 'tenant']],
      [422, await admin.put('/v1/leaderboards/b', { order: 1 }), ['address', 'credential', 'tenant']],
      [401, await service.as(undefined).get('/v1/me'), ['address']],
      [403, await reader.delete('/v1/leaderboards/b'), ['address']],
      [204, await admin.delete('/v1/rate-limits/own'), ['address', 'credential', 'tenant']],
    ];
    for (const [status, answer, names] of answers) {
      expect(answer.status).toBe(status);
      const policies = parseList(answer.headers.get('ratelimit-policy'));
      const limits = parseList(answer.headers.get('ratelimit'));
      expect(policies.map(({ name }) => name)).toEqual(names);
      expect(limits.map(({ name }) => name)).toEqual(names);
      for (const [at, { parameters }] of limits.entries()) {
        expect(parameters.r).toBeLessThanOrEqual(policies[at]?.parameters.q ?? 0);
        expect(Object.keys(parameters)).toEqual(['r', 't']);
      }
    }
    expect(
      parseList(answers[0]?.[1].headers.get('ratelimit-policy')).map(({ parameters }) => parameters),
    ).toEqual([
      { q: 1000, w: 1000 },
      { q: 2000, w: 2000 },
      { q: 3000, w: 6 },
    ]);
  });

  it('stand on an event stream too', async () => {
    const service = await services.limited({ RATE_LIMIT_ADDRESS: '100/1', RATE_LIMIT_CREDENTIAL: '100/1' });
    await service.admin.post('/v1/leaderboards/b/submissions', { member: 'a', score: 1 });
    const headers = await new Promise<NodeJS.Dict<string | string[]>>((resolve, reject) => {
      const sent = request(
        `${service.url}/v1/leaderboards/b/live`,
        { agent: false, headers: { authorization: `Bearer ${ADMIN_KEY}` } },
        (response) => {
          resolve(response.headers);
          sent.destroy();
        },
      );
      sent.on('error', reject);
      sent.end();
    });
    expect(headers['content-type']).toMatch(/^text\/event-stream/);
    for (const field of ['ratelimit-policy', 'ratelimit']) {
      expect(parseList(String(headers[field])).map(({ name }) => name)).toEqual(['address', 'credential']);
    }
  });
});
