import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { dumpText } from '../../support/redis-dump.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { newKey } from '../access/credentials.js';
import { at, endOf, jobOf, JOBS } from './harness.js';
import { type Host, startHost } from './host.js';

/** A place that the service itself reads, and jobs may not be sent to. */
const KEY_SET = 'http://127.0.0.1:2/jwks.json';
const SECRET = 'a-secret-of-the-receiver';

let topology: Topology;
let host: Host;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  host = await startHost();
  service = await startService({
    ...topology.settings,
    OUTGOING_HOSTS: `127.0.0.1:${host.port},inside.example:${host.port}`,
    JWT_JWKS_URL: KEY_SET,
  });
});

afterAll(async () => {
  await service?.stop();
  await host?.stop();
  await topology?.stop();
});

beforeEach(() => {
  host.received.length = 0;
  host.answers.length = 0;
});

const FAST = { backoff: { type: 'fixed', delayMs: 20 } };
const create = async (payload: object, more: object = {}) => {
  const { status, body } = await service.admin.post(JOBS, {
    kind: 'http.request',
    payload: { url: `${host.url}/hook?a=1`, ...payload },
    ...FAST,
    ...more,
  });
  expect(status, JSON.stringify(body)).toBe(202);
  return String(body.id);
};

describe('a request of a job', () => {
  it('arrives as it was asked for, with the operation as its Idempotency-Key', async () => {
    const headers = { Authorization: `Bearer ${SECRET}`, 'X-Other': 'b' };
    const id = await create({ method: 'PUT', headers, body: { n: 1 } });
    expect(await endOf(service.admin, id)).toMatchObject({ state: 'completed', result: { status: 200 } });
    expect(host.received).toMatchObject([
      {
        method: 'PUT',
        path: '/hook?a=1',
        body: '{"n":1}',
        headers: {
          authorization: `Bearer ${SECRET}`,
          'x-other': 'b',
          'content-type': 'application/json',
          'idempotency-key': expect.stringMatching(/^[\da-f-]{36}$/),
        },
      },
    ]);
  });

  it('is a POST without a body if nothing else is said, and takes a text as it is', async () => {
    for (const [payload, expected] of [
      [{}, { method: 'POST', body: '' }],
      [{ method: 'GET' }, { method: 'GET', body: '' }],
      [
        { body: 'text é', headers: { 'Content-Type': 'text/plain' } },
        { method: 'POST', body: 'text é' },
      ],
    ] as const) {
      await endOf(service.admin, await create(payload));
      expect(host.received.at(-1)).toMatchObject(expected);
    }
  });

  it('never shows what its headers say, at rest either', async () => {
    const id = await create({ headers: { 'X-Api-Key': SECRET } }, { delayMs: 86_400_000 });
    expect(await jobOf(service.admin, id)).toMatchObject({
      payload: { url: `${host.url}/hook?a=1`, headers: { 'X-Api-Key': '[hidden]' } },
    });
    const { body } = await service.admin.get(`${JOBS}?state=delayed`);
    expect(JSON.stringify(body)).not.toContain(SECRET);
    expect(await dumpText(topology)).not.toContain(SECRET);
    await service.admin.delete(at(id));
  });

  it('is repeated for an answer that may be another one later, always with the same key', async () => {
    host.answers.push(500, 429, 408, 425, 503);
    const id = await create({}, { attempts: 10 });
    expect(await endOf(service.admin, id)).toMatchObject({ state: 'completed', attemptsMade: 6 });
    const keys = host.received.map(({ headers }) => headers['idempotency-key']);
    expect([keys.length, new Set(keys).size]).toEqual([6, 1]);
  });

  it('fails at once for any other answer, a redirect too, and can be retried', async () => {
    for (const status of [302, 400, 401, 404, 410, 600]) {
      host.answers.push(status);
      const id = await create({});
      expect(await endOf(service.admin, id)).toMatchObject({
        state: 'failed',
        attemptsMade: 1,
        failure: `the host answered ${status}`,
      });
      expect((await service.admin.post(`${at(id)}/retry`)).status).toBe(202);
      expect(await endOf(service.admin, id)).toMatchObject({ state: 'completed' });
    }
    expect(host.received.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  it('fails after its attempts if nobody answers in time, or at all', async () => {
    host.answers.push('hang', 'hang');
    const late = await create({ timeoutMs: 50 }, { attempts: 2 });
    expect(await endOf(service.admin, late)).toMatchObject({
      state: 'failed',
      attemptsMade: 2,
      failure: 'the host did not answer in time',
    });
    const named = await create({ url: `http://inside.example:${host.port}/` }, { attempts: 1 });
    const { failure } = await endOf(service.admin, named);
    expect(failure).toMatch(/^the host could not be reached|^the request is not allowed/);
  });

  it('goes nowhere but where the operator lets it, by whoever may have it sent', async () => {
    for (const url of [
      'http://127.0.0.1:1/',
      'https://elsewhere.example/',
      'http://169.254.169.254/latest',
      KEY_SET,
      new URL('/admin', KEY_SET).href,
    ]) {
      const answer = await service.admin.post(JOBS, { kind: 'http.request', payload: { url } });
      expectProblem(answer, 422, 'request.invalid');
      expect(answer.body.errors).toMatchObject([{ pointer: '/payload/url' }]);
    }
    const writer = service.as((await newKey(service.admin, { roles: ['writer'] })).secret);
    const answer = await writer.post(JOBS, { kind: 'http.request', payload: { url: host.url } });
    expectProblem(answer, 403, 'access.forbidden');
    expect(answer.body.permission).toBe('jobs:admin');
    expect(host.received).toEqual([]);
  });
});
