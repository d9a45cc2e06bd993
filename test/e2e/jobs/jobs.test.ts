import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';
import { at, endOf, type Job, jobOf, JOBS, lengthOf } from './harness.js';

let topology: Topology;
/** One that works, and one that only answers. */
let nodes: [TestService, TestService];
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService({ ...topology.settings, ROLE: 'api' })];
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages?.close();
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

const DAY_MS = 86_400_000;
const admin = () => nodes[0].admin;
const append = (stream: string, more: object = {}) => ({
  kind: 'streams.append',
  payload: { stream, data: { n: 1 } },
  ...more,
});
const key = () => ({ 'idempotency-key': randomUUID() });

/** A stream that takes only texts, so that whatever else is appended is refused. */
async function strict(stream: string): Promise<string> {
  await admin().put(`/v1/streams/${stream}`, { schema: { type: 'string' } });
  return stream;
}

/** A job that failed for good, as its stream takes no numbers. */
async function failed(stream: string, more: object = {}): Promise<string> {
  await strict(stream);
  const { body } = await admin().post(JOBS, {
    kind: 'streams.append',
    payload: { stream, data: 1 },
    ...more,
  });
  expect((await endOf(admin(), body.id)).state).toBe('failed');
  return String(body.id);
}

describe('a job', () => {
  it('appends, publishes, submits and processes, once each', async () => {
    const jobs = [
      append('does.append'),
      { kind: 'messaging.publish', payload: { channel: 'does.publish', data: 'hello' } },
      {
        kind: 'leaderboards.submit',
        payload: { board: 'does', member: 'm', score: 5, operator: 'increment' },
      },
      { kind: 'pipeline.process', payload: { id: 'does process', value: 1 } },
    ];
    for (const job of jobs) {
      const created = await nodes[1].admin.post(JOBS, job);
      expect([created.status, created.body]).toEqual([202, { id: expect.any(String) }]);
      const ended = await endOf(admin(), created.body.id);
      expect(ended).toMatchObject({ ...job, state: 'completed', attemptsMade: 1, attempts: 5 });
      expect(Date.parse(ended.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(ended.createdAt));
    }
    expect(await lengthOf(admin(), 'does.append')).toBe(1);
    expect((await admin().get('/v1/channels/does.publish/messages')).body.items).toHaveLength(1);
    expect((await admin().get('/v1/leaderboards/does/entries/m')).body.score).toBe(5);
    expect((await admin().get('/v1/pipeline/payloads/does%20process')).body.status).toBe('processed');
  });

  it('is made, looked at, listed and cancelled by messages as well', async () => {
    const { id } = await messages.send('jobs.create', append('by.message', { delayMs: DAY_MS }));
    expect(await messages.send('jobs.get', { id })).toEqual(await jobOf(admin(), id));
    const { items } = (await messages.send('jobs.list', { state: 'delayed' })) as { items: Job[] };
    expect(items.map((item) => item.id)).toContain(id);
    expect(await messages.send('jobs.cancel', { id })).toBeNull();
    await expect(messages.send('jobs.get', { id })).rejects.toMatchObject({ code: 'jobs.job-not-found' });
  });

  it('is not found if there is none, also in another tenant', async () => {
    const { body } = await admin().post(JOBS, append('foreign', { delayMs: DAY_MS }));
    const foreign = nodes[0].as(
      (await newKey(nodes[0].admin, { tenant: 'foreign', roles: ['admin'] })).secret,
    );
    for (const client of [admin(), foreign]) {
      const path = client === admin() ? at('none') : at(body.id);
      expectProblem(await client.get(path), 404, 'jobs.job-not-found');
      expectProblem(await client.delete(path), 404, 'jobs.job-not-found');
      expectProblem(await client.post(`${path}/retry`), 404, 'jobs.job-not-found');
    }
    expect((await admin().delete(at(body.id))).status).toBe(204);
  });

  it.each(['10', '0', 'a:b', 'repeat:a:5', '@scope/é 🏆', '%2F', 'x'.repeat(256), 'é'.repeat(128), '{a}'])(
    'may have the id %j, which then is its own',
    async (jobId) => {
      const stream = `ids.${randomUUID()}`;
      for (const more of [{ jobId }, { jobId, priority: 3 }]) {
        const answer = await admin().post(JOBS, append(stream, more));
        expect([answer.status, answer.body]).toEqual([202, { id: jobId }]);
      }
      expect(await endOf(admin(), jobId)).toMatchObject({ id: jobId, state: 'completed' });
      expect((await nodes[1].admin.post(JOBS, append(stream, { jobId, delayMs: DAY_MS }))).status).toBe(202);
      expect(await lengthOf(admin(), stream)).toBe(1);
      expect((await admin().delete(at(jobId))).status).toBe(204);
      expect((await admin().get(at(jobId))).status).toBe(404);
    },
  );

  it('is one job however many ask for its id at once', async () => {
    const jobId = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_each, n) =>
        nodes[n % 2 === 0 ? 0 : 1].admin.post(JOBS, append(`once.${jobId}`, { jobId })),
      ),
    );
    for (const { status, body } of answers) expect([status, body]).toEqual([202, { id: jobId }]);
    await endOf(admin(), jobId);
    expect(await lengthOf(admin(), `once.${jobId}`)).toBe(1);
  });
});

describe('an Idempotency-Key', () => {
  it('makes one job, whatever became of that meanwhile', async () => {
    const headers = key();
    const stream = `keyed.${randomUUID()}`;
    const first = await admin().post(JOBS, append(stream), headers);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const replayed = async () => {
      const again = await nodes[1].admin.post(JOBS, append(stream), headers);
      expect([again.status, again.body]).toEqual([202, first.body]);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    };
    await replayed();
    await endOf(admin(), first.body.id);
    await replayed();
    // What is done may be gone.
    expect((await admin().delete(at(first.body.id))).status).toBe(204);
    await replayed();
    expect((await admin().get(at(first.body.id))).status).toBe(404);
    expect(await lengthOf(admin(), stream)).toBe(1);
    expectProblem(await admin().post(JOBS, append('other'), headers), 422, 'idempotency.key-reused');
  });

  it('stays bound to a job that was cancelled before it ran', async () => {
    const headers = key();
    const job = append('cancelled', { delayMs: DAY_MS });
    const first = await admin().post(JOBS, job, headers);
    await admin().delete(at(first.body.id));
    const again = await admin().post(JOBS, job, headers);
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await admin().get(at(first.body.id))).status).toBe(404);
  });

  it('makes one job if its requests come at once', async () => {
    const headers = key();
    const stream = `keyed.${randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_each, n) =>
        nodes[n % 2 === 0 ? 0 : 1].admin.post(JOBS, append(stream), headers),
      ),
    );
    const ids = new Set(answers.map(({ body }) => String(body.id)));
    expect(ids.size).toBe(1);
    await endOf(admin(), [...ids][0] ?? '');
    expect(await lengthOf(admin(), stream)).toBe(1);
    const { items } = (await admin().get(`${JOBS}?limit=1000`)).body;
    expect((items as { id: string }[]).filter(({ id }) => ids.has(id))).toHaveLength(1);
  });

  it('makes one schedule, and goes with a jobId', async () => {
    for (const job of [
      append('keyed.cron', { cron: '0 0 1 1 *' }),
      append('keyed.id', { jobId: randomUUID() }),
    ]) {
      const headers = key();
      const first = await admin().post(JOBS, job, headers);
      const again = await admin().post(JOBS, job, headers);
      expect([again.status, again.body]).toEqual([202, first.body]);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      await waitUntil(
        'it can be removed',
        async () => (await admin().delete(at(first.body.id))).status === 204,
      );
      expect((await admin().post(JOBS, job, headers)).body).toEqual(first.body);
      expect((await admin().get(at(first.body.id))).status).toBe(404);
    }
  });
});

describe('a job for later', () => {
  it('is delayed until its time, by delayMs or runAt', async () => {
    const runAt = new Date(Date.now() + 1500).toISOString();
    const byInstant = (await admin().post(JOBS, append('later', { runAt }))).body.id;
    const byDelay = (await admin().post(JOBS, append('later', { delayMs: 1500 }))).body.id;
    expect(await jobOf(admin(), byInstant)).toMatchObject({ state: 'delayed', runAt, nextRunAt: runAt });
    for (const id of [byInstant, byDelay]) {
      const { runAt: due = '', finishedAt = '' } = await endOf(admin(), id);
      expect(Date.parse(finishedAt)).toBeGreaterThanOrEqual(Date.parse(due));
    }
    expect(await lengthOf(admin(), 'later')).toBe(2);
  });

  it('is done at once if its time is over', async () => {
    const { body } = await admin().post(JOBS, append('late', { runAt: '2001-01-01T00:00:00Z' }));
    expect((await endOf(admin(), body.id)).state).toBe('completed');
  });

  it('is never done once it is cancelled', async () => {
    const { body } = await admin().post(JOBS, append('never', { delayMs: 2000 }));
    expect((await admin().delete(at(body.id))).status).toBe(204);
    const other = await admin().post(JOBS, append('after', { delayMs: 2100 }));
    await endOf(admin(), other.body.id);
    expect(await lengthOf(admin(), 'never')).toBe(0);
  });
});

describe('a job that fails', () => {
  it('fails at once where no attempt can have another outcome, with a reason', async () => {
    const id = await failed('fails.at-once');
    expect(await jobOf(admin(), id)).toMatchObject({
      attemptsMade: 1,
      failure: expect.stringMatching(/^streams\.schema-violation: /),
    });
  });

  it('is retried with all its attempts, and then its effect takes place once', async () => {
    const id = await failed('fails.retried');
    expectProblem(await admin().post(`${at('none')}/retry`), 404, 'jobs.job-not-found');
    await admin().put('/v1/streams/fails.retried', { schema: { type: 'number' } });
    const answer = await nodes[1].admin.post(`${at(id)}/retry`);
    expect([answer.status, answer.body]).toEqual([202, { id }]);
    expect(await endOf(admin(), id)).toMatchObject({ state: 'completed', attemptsMade: 1 });
    expect(await lengthOf(admin(), 'fails.retried')).toBe(1);
    expectProblem(await admin().post(`${at(id)}/retry`), 409, 'jobs.not-failed');
  });

  it('is retried once for a key, and for another key once more', async () => {
    const id = await failed('fails.keyed');
    const retry = (headers: Record<string, string>) => admin().post(`${at(id)}/retry`, undefined, headers);
    const headers = key();
    expect((await retry(headers)).status).toBe(202);
    const { finishedAt } = await endOf(admin(), id);
    const again = await retry(headers);
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([
      202,
      { id },
      'true',
    ]);
    expect(await jobOf(admin(), id)).toMatchObject({ state: 'failed', finishedAt });
    const other = await retry(key());
    expect([other.status, other.headers.get('idempotency-replayed')]).toEqual([202, null]);
  });

  it('is retried only by who may do what it does', async () => {
    const id = await failed('fails.permitted');
    const { secret } = await newKey(admin(), { roles: [], permissions: ['jobs:write', 'jobs:read'] });
    const answer = await nodes[0].as(secret).post(`${at(id)}/retry`);
    expectProblem(answer, 403, 'access.forbidden');
    expect(answer.body.permission).toBe('streams:write');
  });

  it('waits, and no attempt is counted, while what it needs is away', async () => {
    await admin().put('/v1/pipeline', { active: false });
    const { body } = await admin().post(JOBS, {
      kind: 'pipeline.process',
      payload: { id: 'waits' },
      attempts: 1,
    });
    await waitUntil('it is put off', async () => (await jobOf(admin(), body.id)).state === 'delayed');
    await admin().put('/v1/pipeline', { active: true });
    expect(await endOf(admin(), body.id)).toMatchObject({
      state: 'completed',
      attemptsMade: 1,
      result: { id: 'waits', status: 'processed' },
    });
  });
});

describe('what a job does', () => {
  it.each([
    [append('permitted'), 'streams:write'],
    [{ kind: 'messaging.publish', payload: { channel: 'permitted', data: 1 } }, 'messaging:write'],
    [{ kind: 'leaderboards.submit', payload: { board: 'b', member: 'm', score: 1 } }, 'leaderboards:write'],
    [{ kind: 'pipeline.process', payload: { id: 'permitted' } }, 'pipeline:write'],
  ])('takes the permission for it: %j', async (job, permission) => {
    const permissions = ['jobs:write', 'streams:write:others.*', 'jobs:read'];
    const limited = nodes[0].as((await newKey(admin(), { roles: [], permissions })).secret);
    const answer = await limited.post(JOBS, job);
    expectProblem(answer, 403, 'access.forbidden');
    expect(answer.body.permission).toBe(permission);
    const inside = await limited.post(JOBS, append('others.stream'));
    expect(inside.status).toBe(202);
  });
});
