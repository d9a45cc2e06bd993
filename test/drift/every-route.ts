import type { Answer, ApiClient } from '../support/api-client.js';
import { SocketReader } from '../support/socket-reader.js';
import { waitUntil } from '../support/wait-until.js';
import { requestEveryJobsRoute } from './every-jobs-route.js';
import { requestEveryLockRoute } from './every-lock-route.js';
import { requestEveryMessagingRoute } from './every-messaging-route.js';
import { requestEveryPipelineRoute } from './every-pipeline-route.js';
import { requestEverySessionRoute } from './every-session-route.js';
import { requestEveryStreamRoute, type Sender, type StreamHooks } from './every-stream-route.js';

/** A request to one declared route, and what it was answered. */
export interface Exchange {
  /** As the controller declares it: `GET /v1/leaderboards/:board`. */
  readonly address: string;
  readonly answer: Answer;
}

const BOARD = '/v1/leaderboards/weekly';
const MEMBER = `${BOARD}/entries/${encodeURIComponent('@scope/first')}`;
const B = '/v1/leaderboards/:board';

/**
 * Sends at least one request to every route, so that each kind of key is written: ties by arrival, dense ranks,
 * metadata, a closed season, a reset, keyed requests, and what messaging, the pipeline, streams, locks, sessions and jobs have. `whileLive` runs
 * while a live client watches the board, while two follow the channel, while one follows the stream, and while somebody
 * waits for a lock; board and stream are deleted only after `beforeDelete`.
 */
export async function requestEveryRoute(admin: ApiClient, hooks: StreamHooks = {}): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  const send = async (
    address: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const [method = ''] = address.split(' ');
    const answer = await admin.send(method, path, body, headers);
    exchanges.push({ address, answer });
    return answer;
  };
  const follow = async (address: string, path: string, meanwhile: (() => Promise<void>) | undefined) => {
    const answer = await firstEvent(admin, path, meanwhile);
    exchanges.push({ address, answer });
    return answer;
  };
  const upgrade: Sender['upgrade'] = async (address, path, frames, meanwhile) => {
    const reader = await SocketReader.open(`${admin.url}${path}`, admin.token);
    try {
      for (const [ref, frame] of frames.entries()) {
        reader.socket.send(JSON.stringify({ ...frame, ref }));
        const { type } = await waitUntil('an answer', () =>
          (reader.frames() as { type: string; ref?: number }[]).find((each) => each.ref === ref),
        );
        if (type === 'error') throw new Error(`a frame was refused: ${reader.texts.at(-1)}`);
      }
      await meanwhile();
    } finally {
      reader.close();
    }
    const headers = new Headers();
    for (const [name, value] of Object.entries(reader.headers)) headers.set(name, String(value));
    const answer = { status: 101, headers, body: '' };
    exchanges.push({ address, answer });
    return answer;
  };
  const keyed = (key: string) => ({ 'idempotency-key': key });

  await send('GET /health/live', '/health/live');
  await send('GET /health/ready', '/health/ready');
  await send('GET /metrics', '/metrics');
  await send('GET /v1/me', '/v1/me');
  const created = await send(
    'POST /v1/api-keys',
    '/v1/api-keys',
    {
      name: 'a reader',
      roles: ['reader'],
      permissions: ['leaderboards:write:w*'],
      expiresAt: '2099-01-01T00:00:00.000Z',
    },
    keyed('create-1'),
  );
  const keyPath = `/v1/api-keys/${created.body.id}`;
  await send('GET /v1/api-keys', '/v1/api-keys?limit=1');
  await send('GET /v1/api-keys/:id', keyPath);
  await send('POST /v1/api-keys/:id/rotate', `${keyPath}/rotate`, { graceMs: 1000 }, keyed('rotate-1'));

  const policy = '/v1/rate-limits/logins';
  const limit = { capacity: 5, refillTokens: 1, refillIntervalMs: 60_000, onOutage: 'deny' };
  await send('PUT /v1/rate-limits/:policy', policy, limit);
  await send('PUT /v1/rate-limits/:policy', policy, { ...limit, capacity: 6 });
  await send('GET /v1/rate-limits', '/v1/rate-limits?limit=1');
  await send('GET /v1/rate-limits/:policy', policy);
  await send(
    'POST /v1/rate-limits/:policy/consume',
    `${policy}/consume`,
    { key: '@scope/a', cost: 2 },
    keyed('take-1'),
  );
  await send('POST /v1/rate-limits/:policy/consume', `${policy}/consume`, { key: '@scope/a', cost: 7 });
  await send('POST /v1/rate-limits/consume', '/v1/rate-limits/consume', {
    checks: [
      { policy: 'logins', key: '@scope/a' },
      { policy: 'logins', key: 'b', cost: 6 },
    ],
  });

  const settings = {
    denseRanks: true,
    keepSeasons: 3,
    capacity: 100,
    reset: { cron: '0 0 1 1 *', timeZone: 'UTC' },
  };
  await send(`PUT ${B}`, BOARD, settings);
  await send(`PUT ${B}`, BOARD, { operator: 'best' }, { fence: 'weekly=1', durability: 'replica=1' });
  await send(
    `POST ${B}/submissions`,
    `${BOARD}/submissions`,
    { member: '@scope/first', score: 10.5, metadata: { note: 'first' } },
    keyed('submit-1'),
  );
  await send(`POST ${B}/submissions/batch`, `${BOARD}/submissions/batch`, {
    submissions: [
      { member: 'second', score: 7, operator: 'increment' },
      { member: '', score: 'many' },
      { member: 'third', score: 7 },
    ],
  });
  await send('GET /v1/leaderboards', '/v1/leaderboards?limit=1');
  await send(`GET ${B}`, BOARD);
  await send(`GET ${B}/entries`, `${BOARD}/entries?limit=2&ranking=dense`);
  await send(`GET ${B}/entries/:member`, MEMBER);
  await send(`GET ${B}/entries/:member/around`, `${MEMBER}/around?limit=2`);
  await send(`POST ${B}/entries/lookup`, `${BOARD}/entries/lookup`, { members: ['third', 'nobody'] });
  await follow(`GET ${B}/live`, `${BOARD}/live?top=2`, hooks.whileLive);
  await send(`POST ${B}/seasons`, `${BOARD}/seasons`, undefined, keyed('close-1'));
  await send(`GET ${B}/seasons`, `${BOARD}/seasons`);
  await send(`GET ${B}/seasons/:season/entries`, `${BOARD}/seasons/1/entries`);
  await send(`GET ${B}/seasons/:season/entries/:member`, `${BOARD}/seasons/1/entries/second`);
  for (const [at, score] of [1, 1, 2].entries()) {
    const row = { member: `again-${at}`, score, metadata: {} };
    await send(`POST ${B}/submissions`, `${BOARD}/submissions`, row);
  }
  await hooks.beforeDelete?.();
  await send(`DELETE ${B}/entries/:member`, `${BOARD}/entries/again-0?seasons=all`);
  await send('DELETE /v1/rate-limits/:policy', policy);
  await send('DELETE /v1/api-keys/:id', keyPath);
  await send(`DELETE ${B}`, BOARD);
  const sender = { send, follow, upgrade };
  await requestEveryMessagingRoute(sender, hooks.whileLive);
  await requestEveryPipelineRoute(sender);
  await requestEveryStreamRoute(sender, hooks);
  await requestEveryLockRoute(sender, hooks.whileLive);
  await requestEverySessionRoute(sender, hooks.aroundAudit);
  await requestEveryJobsRoute(sender, hooks.busyHost, hooks.beforeDelete);
  return exchanges;
}

/** The headers of an event stream and its text up to the first event that has data; `meanwhile` runs before it is left. */
async function firstEvent(
  { url, token }: ApiClient,
  path: string,
  meanwhile: (() => Promise<void>) | undefined,
): Promise<Answer> {
  const leave = new AbortController();
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: leave.signal,
  });
  let text = '';
  const decoder = new TextDecoder();
  // Not by an iteration, which ends the stream as it is left.
  const reader = response.body?.getReader();
  try {
    while (!/^data: .*\n\n/m.test(text)) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
      if (done) break;
      text += decoder.decode(value as Uint8Array, { stream: true });
    }
    await meanwhile?.();
  } finally {
    leave.abort();
  }
  return { status: response.status, headers: response.headers, body: text };
}
