import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { JobQueues } from '../../../src/features/jobs/jobs.queues.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { at, jobOf, JOBS, lengthOf } from './harness.js';

const KEY = 'fulcrum:default:{jobs:queue}';
const EVERY_SECOND = '* * * * * *';
const NEW_YEAR = '0 0 1 1 *';

let topology: Topology;
let redis: ReturnType<Topology['connect']>;
/** One that works, and one that only answers. */
let nodes: [TestService, TestService];

beforeAll(async () => {
  topology = await startTopology();
  redis = topology.connect();
  nodes = [await startService(topology.settings), await startService({ ...topology.settings, ROLE: 'api' })];
});

afterAll(async () => {
  redis?.disconnect();
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const admin = () => nodes[0].admin;
const queuesOf = ({ application }: TestService) => application.nest.get(JobQueues);

async function create(node: TestService, cron: string, jobId?: string, stream = 'cut'): Promise<string> {
  const job = { kind: 'streams.append', payload: { stream, data: 1 }, cron, ...(jobId && { jobId }) };
  const { status, body } = await node.admin.post(JOBS, job);
  expect(status, JSON.stringify(body)).toBe(202);
  return String(body.id);
}

/** What a cancel leaves whose process dies in the middle of it: the runs of a schedule of which nothing is written down. */
async function remnant(cron: string, jobId: string = randomUUID()): Promise<string> {
  await create(nodes[0], cron, jobId);
  expect(await redis.hdel(`${KEY}:schedules`, jobId)).toBe(1);
  return jobId;
}

const hasRuns = async (id: string) => (await redis.zscore(`${KEY}:jobs:repeat`, `j.${id}`)) !== null;

describe('the runs of a schedule whose cancel was cut off', () => {
  it('end with the one that comes next', async () => {
    const id = await remnant(EVERY_SECOND);
    await waitUntil('they have ended', async () => !(await hasRuns(id)));
    const { items } = (await admin().get(`${JOBS}?state=delayed`)).body as { items: { id: string }[] };
    expect(items.filter((item) => item.id.startsWith(id))).toEqual([]);
  });

  it('end when it is cancelled again', async () => {
    const id = await remnant(NEW_YEAR);
    expectProblem(await admin().get(at(id)), 404, 'jobs.job-not-found');
    expect((await admin().delete(at(id))).status).toBe(204);
    expect(await hasRuns(id)).toBe(false);
    expectProblem(await admin().delete(at(id)), 404, 'jobs.job-not-found');
  });

  it('give way to those of another schedule that gets the id', async () => {
    const id = await remnant(NEW_YEAR);
    const stream = `cut.${id}`;
    await create(nodes[1], EVERY_SECOND, id, stream);
    await waitUntil('it is done', async () => (await lengthOf(admin(), stream)) >= 2);
    await admin().delete(at(id));
    expect(await hasRuns(id)).toBe(false);
  });

  it('give way to those of another one also if its creator died before it began them', async () => {
    const id = await remnant(EVERY_SECOND);
    vi.spyOn(queuesOf(nodes[1]), 'begin').mockResolvedValue();
    const stream = `cut.${id}`;
    const job = { kind: 'streams.append', payload: { stream, data: 1 }, cron: EVERY_SECOND, jobId: id };
    await nodes[1].admin.post(JOBS, job);
    await waitUntil('it is done', async () => (await lengthOf(admin(), stream)) >= 1);
    await admin().delete(at(id));
  });
});

describe('a schedule that two requests change at once', () => {
  it('has no runs if it was cancelled before its creator began them', async () => {
    const queues = queuesOf(nodes[1]);
    const begin = queues.begin.bind(queues);
    const id = randomUUID();
    vi.spyOn(queues, 'begin').mockImplementationOnce(async (...args) => {
      expect((await admin().delete(at(id))).status).toBe(204);
      await begin(...args);
    });
    await create(nodes[1], NEW_YEAR, id);
    expectProblem(await admin().get(at(id)), 404, 'jobs.job-not-found');
    expect(await hasRuns(id)).toBe(false);
  });

  it('has its runs if it was created again before who cancelled it ended the earlier ones', async () => {
    const queues = queuesOf(nodes[1]);
    const end = queues.end.bind(queues);
    const id = await create(nodes[0], NEW_YEAR, randomUUID());
    const stream = `cut.${id}`;
    vi.spyOn(queues, 'end').mockImplementationOnce(async (...args) => {
      await create(nodes[0], EVERY_SECOND, id, stream);
      await end(...args);
    });
    expect((await nodes[1].admin.delete(at(id))).status).toBe(204);
    expect(await jobOf(admin(), id)).toMatchObject({ state: 'scheduled', nextRunAt: expect.any(String) });
    await waitUntil('it is done', async () => (await lengthOf(admin(), stream)) >= 1);
    await admin().delete(at(id));
  });
});

describe('a schedule that cannot be begun', () => {
  it('leaves nothing if nobody can ask for it again, and its record if somebody can', async () => {
    const post = (more: object) =>
      admin().post(JOBS, {
        kind: 'streams.append',
        payload: { stream: 'cut', data: 1 },
        cron: NEW_YEAR,
        ...more,
      });
    // The first thing of a schedule that nothing else here does.
    await topology.change('-incr');
    try {
      const before = await redis.hlen(`${KEY}:schedules`);
      expectProblem(await post({}), 503, 'redis.refused');
      expect(await redis.hlen(`${KEY}:schedules`)).toBe(before);
      const jobId = randomUUID();
      expectProblem(await post({ jobId }), 503, 'redis.refused');
      expect(await redis.hexists(`${KEY}:schedules`, jobId)).toBe(1);
    } finally {
      await topology.change('+incr');
      expect(await topology.refusals()).not.toEqual([]);
    }
  });
});
