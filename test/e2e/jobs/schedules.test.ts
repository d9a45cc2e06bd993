import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { at, endOf, type Job, jobOf, JOBS, lengthOf } from './harness.js';

let topology: Topology;
let nodes: [TestService, TestService];

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService({ ...topology.settings, ROLE: 'api' })];
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

const EVERY_SECOND = '* * * * * *';
const admin = () => nodes[0].admin;
const scheduled = (stream: string, more: object) => ({
  kind: 'streams.append',
  payload: { stream, data: 1 },
  ...more,
});
const runs = async (id: string, state: string): Promise<Job[]> => {
  const { items } = (await admin().get(`${JOBS}?state=${state}&limit=1000`)).body as { items: Job[] };
  return items.filter((item) => item.id.startsWith(`${id}:`));
};

describe('a job with a cron expression', () => {
  it('is scheduled, done at each of its instants, and never again once it is cancelled', async () => {
    const stream = `cron.${randomUUID()}`;
    const { body } = await nodes[1].admin.post(JOBS, scheduled(stream, { cron: EVERY_SECOND }));
    expect(await jobOf(admin(), body.id)).toMatchObject({
      state: 'scheduled',
      cron: EVERY_SECOND,
      timeZone: 'UTC',
      nextRunAt: expect.stringMatching(/\.000Z$/),
      attempts: 5,
    });
    await waitUntil('it was done three times', async () => (await lengthOf(admin(), stream)) >= 3);
    expect((await admin().delete(at(body.id))).status).toBe(204);
    expectProblem(await admin().get(at(body.id)), 404, 'jobs.job-not-found');
    const others = await admin().post(JOBS, scheduled('cron.others', { delayMs: 2500 }));
    const length = await waitUntil('what had begun is done', async () => {
      const done = (await runs(String(body.id), 'completed')).length;
      return done === (await lengthOf(admin(), stream)) ? done : undefined;
    });
    await endOf(admin(), others.body.id);
    expect(await lengthOf(admin(), stream)).toBe(length);
    const instants = (await runs(String(body.id), 'completed')).map(({ id }) => Number(id.split(':').at(-1)));
    expect(new Set(instants).size).toBe(length);
    expect(instants.every((instant) => instant % 1000 === 0)).toBe(true);
  });

  it('is made once, however many ask for its id', async () => {
    const jobId = randomUUID();
    const stream = `cron.${jobId}`;
    await Promise.all(
      Array.from({ length: 10 }, (_each, n) =>
        nodes[n % 2 === 0 ? 0 : 1].admin.post(JOBS, scheduled(stream, { cron: EVERY_SECOND, jobId })),
      ),
    );
    // Another one that asks for the id gets the one that stands.
    const other = await admin().post(JOBS, scheduled('cron.never', { jobId, delayMs: 0 }));
    expect([other.status, other.body]).toEqual([202, { id: jobId }]);
    await waitUntil('it was done twice', async () => (await lengthOf(admin(), stream)) >= 2);
    await admin().delete(at(jobId));
    const length = await waitUntil('what had begun is done', async () => {
      const done = (await runs(jobId, 'completed')).length;
      return done === (await lengthOf(admin(), stream)) ? done : undefined;
    });
    expect(new Set((await runs(jobId, 'completed')).map(({ id }) => id)).size).toBe(length);
    expect(await lengthOf(admin(), 'cron.never')).toBe(0);
  });

  it('follows the clock of its time zone', async () => {
    for (const [timeZone, cron, hour] of [
      ['America/New_York', '0 9 1 1 *', 14],
      ['Asia/Kathmandu', '0 0 9 1 1 *', 3],
    ] as const) {
      const { body } = await admin().post(JOBS, scheduled('cron.zones', { cron, timeZone }));
      const { nextRunAt = '' } = await jobOf(admin(), body.id);
      expect(new Date(nextRunAt).getUTCHours()).toBe(hour);
      await admin().delete(at(body.id));
    }
  });

  it('has its next run as a job, which goes with it alone', async () => {
    const { body } = await admin().post(
      JOBS,
      scheduled('cron.next', { cron: '0 0 1 1 *', jobId: randomUUID() }),
    );
    const [next] = await runs(String(body.id), 'delayed');
    const { nextRunAt = '' } = await jobOf(admin(), body.id);
    expect(next).toMatchObject({ id: `${body.id}:${Date.parse(nextRunAt)}`, nextRunAt });
    expectProblem(await admin().delete(at(next?.id ?? '')), 409, 'jobs.of-schedule');
    expectProblem(await admin().post(`${at(body.id)}/retry`), 409, 'jobs.not-failed');
    expect((await admin().delete(at(body.id))).status).toBe(204);
    expectProblem(await admin().get(at(next?.id ?? '')), 404, 'jobs.job-not-found');
  });

  it('goes on after a run that failed, which can be retried until the schedule is cancelled', async () => {
    const stream = `cron.${randomUUID()}`;
    await admin().put(`/v1/streams/${stream}`, { schema: { type: 'string' } });
    const { body } = await admin().post(JOBS, scheduled(stream, { cron: EVERY_SECOND }));
    const [one] = await waitUntil('two failed', async () => {
      const failed = await runs(String(body.id), 'failed');
      return failed.length >= 2 ? failed : undefined;
    });
    await admin().put(`/v1/streams/${stream}`, { schema: { type: 'number' } });
    expect((await admin().post(`${at(one?.id ?? '')}/retry`)).status).toBe(202);
    expect((await endOf(admin(), one?.id ?? '')).state).toBe('completed');
    const [other] = await runs(String(body.id), 'failed');
    await admin().delete(at(body.id));
    await admin().post(`${at(other?.id ?? '')}/retry`);
    expect(await endOf(admin(), other?.id ?? '')).toMatchObject({
      state: 'failed',
      failure: 'the schedule was cancelled',
    });
  });
});
