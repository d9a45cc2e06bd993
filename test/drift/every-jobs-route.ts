import { waitUntil } from '../support/wait-until.js';
import type { Sender } from './every-stream-route.js';

const JOBS = '/v1/jobs';
/** As many jobs as one process runs at the same time, so that further ones wait. */
const AT_ONCE = 20;

/** A host that keeps jobs from their end. */
export interface BusyHost {
  /** OUTGOING_HOSTS names it. It does not answer before `whileBusy` does. */
  readonly url: string;
  /** Runs while as many jobs run as can, one waits, and one with a priority does. */
  readonly whileBusy: () => Promise<void>;
}

/**
 * Sends at least one request to every route of jobs, so that each kind of key is written: jobs that were done, that failed,
 * for later and with a cron expression, keyed requests, and, if there is a `host`, jobs that run and that wait.
 */
export async function requestEveryJobsRoute(
  { send }: Sender,
  host: BusyHost | undefined,
  beforeDelete: (() => Promise<void>) | undefined,
): Promise<void> {
  const at = (id: string) => `${JOBS}/${encodeURIComponent(id)}`;
  const create = (body: object, headers = {}) => send('POST /v1/jobs', JOBS, body, headers);
  const get = (id: string) => send('GET /v1/jobs/:id', at(id));
  const ends = (id: string, state: string) =>
    waitUntil(`the job ${id} is ${state}`, async () => (await get(id)).body.state === state);
  const append = (more: object) => ({
    kind: 'streams.append',
    payload: { stream: 'by.jobs', data: { n: 1 } },
    ...more,
  });

  const keyed = { 'idempotency-key': 'job-1' };
  const { body } = await create(append({}), keyed);
  await create(append({}), keyed);
  await ends(String(body.id), 'completed');
  await send('PUT /v1/streams/:stream', '/v1/streams/by.strict', { schema: { type: 'string' } });
  const refused = { kind: 'streams.append', payload: { stream: 'by.strict', data: 1 } };
  await create({ ...refused, jobId: '@scope/fails: é', attempts: 1 });
  await ends('@scope/fails: é', 'failed');
  await send('POST /v1/jobs/:id/retry', `${at('@scope/fails: é')}/retry`);
  await ends('@scope/fails: é', 'failed');
  await create({ kind: 'pipeline.process', payload: { id: 'by a job' }, jobId: 'processes' });
  await ends('processes', 'completed');
  await create(
    append({ jobId: 'later', delayMs: 86_400_000, priority: 7, backoff: { type: 'fixed', delayMs: 5 } }),
  );
  await create(append({ jobId: 'at', runAt: new Date(Date.now() + 86_400_000).toISOString() }));
  await create(append({ jobId: 'daily', cron: '0 0 1 1 *', timeZone: 'Europe/Berlin' }));
  await get('later');
  await get('daily');
  if (host !== undefined) await keepBusy(create, host);
  await send('GET /v1/jobs', `${JOBS}?limit=1`);
  await send('GET /v1/jobs', `${JOBS}?state=failed`);
  await send('GET /v1/jobs', JOBS);
  await beforeDelete?.();
  for (const id of ['later', 'daily']) await send('DELETE /v1/jobs/:id', at(id));
}

async function keepBusy(create: (body: object) => Promise<unknown>, host: BusyHost): Promise<void> {
  const payload = { url: host.url, headers: { 'X-Secret': 'hidden' }, timeoutMs: 60_000 };
  const request = { kind: 'http.request', payload };
  for (let n = 0; n < AT_ONCE; n++) await create(request);
  await create({ ...request, jobId: 'waits' });
  await create({ ...request, jobId: 'waits its turn', priority: 5 });
  await host.whileBusy();
}
