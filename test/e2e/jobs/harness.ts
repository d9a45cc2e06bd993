import { expect } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';
import { waitUntil } from '../../support/wait-until.js';

export const JOBS = '/v1/jobs';

/** What tests look at of a job. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly state: string;
  readonly attemptsMade: number;
  readonly attempts: number;
  readonly createdAt: string;
  readonly runAt?: string;
  readonly nextRunAt?: string;
  readonly finishedAt?: string;
  readonly failure?: string;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** Where a job is. */
export const at = (id: string) => `${JOBS}/${encodeURIComponent(id)}`;

/** A job as `GET /v1/jobs/{id}` answers it. */
export async function jobOf(client: ApiClient, id: string): Promise<Job> {
  const { status, body } = await client.get(at(id));
  expect(status, JSON.stringify(body)).toBe(200);
  return body as Job;
}

/** The job once it was done or failed. */
export async function endOf(client: ApiClient, id: string): Promise<Job> {
  return await waitUntil(
    `the job ${id} ends`,
    async () => {
      const job = await jobOf(client, id);
      return ['completed', 'failed'].includes(job.state) ? job : undefined;
    },
    { timeoutMs: 20_000 },
  );
}

/** How many entries a stream has; 0 if there is none. */
export async function lengthOf(client: ApiClient, stream: string): Promise<number> {
  const { status, body } = await client.get(`/v1/streams/${stream}`);
  return status === 404 ? 0 : Number(body.length);
}
