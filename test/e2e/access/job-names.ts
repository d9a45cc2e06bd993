import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';
import { waitUntil } from '../../support/wait-until.js';

/** The ids of jobs. */
export interface JobNames {
  /** A job that failed. */
  readonly job: string;
  /** What a job that is created has for its id. */
  readonly newJob: string;
}

/** Of the form of a real one. */
export const NO_JOB = { job: randomUUID(), newJob: randomUUID() };

/** A job that failed, because its stream has entries of another kind, with `data` in its payload. */
export async function freshJob(client: ApiClient, prefix: string, data: unknown): Promise<JobNames> {
  const stream = `${prefix}.jobs`;
  const job = randomUUID();
  await client.put(`/v1/streams/${stream}`, { schema: { type: 'string' } });
  const payload = { stream, data: { of: data } };
  const { status, body } = await client.post('/v1/jobs', { kind: 'streams.append', payload, jobId: job });
  expect(status, JSON.stringify(body)).toBe(202);
  await jobFails(client, job);
  return { job, newJob: randomUUID() };
}

/** Waits until the job has failed, for the first time or once more. */
export async function jobFails(client: ApiClient, job: string): Promise<void> {
  const state = async () => String((await client.get(`/v1/jobs/${job}`)).body.state);
  await waitUntil('the job fails', async () => (await state()) === 'failed');
}
