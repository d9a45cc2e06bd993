import type { ApiClient } from '../../support/api-client.js';
import type { Tokens } from './fuzz-request.js';
import { wordsFor } from './words.js';

const SEASONS = 3;
const ENTRIES = 20;
const MESSAGES = 20;
const USERS = 4;
const PERMITS = 3;

/**
 * What the attack finds: a reader and the admin of another tenant, policies, boards with entries and closed seasons,
 * streams whose groups have pending entries and dead letters, channels with messages, some of which are kept no longer,
 * resources that are locked, semaphores with permits, payloads that are processed, and jobs that failed, under the names that requests use. The admin's own key is under none of them.
 * @throws Error if something of it is refused
 */
export async function buildWorld(admin: ApiClient): Promise<Tokens> {
  const send = async (method: string, path: string, body?: object) => {
    const answer = await admin.send(method, path, body);
    if (answer.status > 202)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const key = async (more: object) =>
    String((await send('POST', '/v1/api-keys', { name: 'fuzz', ...more })).body.secret);
  for (const policy of wordsFor('policy')) {
    const limit = { capacity: 1_000_000, refillTokens: 1000, refillIntervalMs: 1000 };
    await send('PUT', `/v1/rate-limits/${policy}`, limit);
  }
  const submissions = wordsFor('member').map((member, at) => ({ member, score: at % 7, metadata: { at } }));
  for (const board of wordsFor('board')) {
    const path = `/v1/leaderboards/${encodeURIComponent(board)}`;
    await send('PUT', path, { denseRanks: true });
    for (let season = 0; season < SEASONS; season++) {
      await send('POST', `${path}/submissions/batch`, { submissions });
      await send('POST', `${path}/seasons`);
    }
    await send('POST', `${path}/submissions/batch`, { submissions });
  }
  for (const stream of wordsFor('stream')) {
    const path = `/v1/streams/${stream}`;
    const entries = Array.from({ length: ENTRIES }, (_each, n) => ({ data: { n }, key: `k${n % 3}` }));
    await send('POST', `${path}/entries/batch`, { entries });
    for (const group of wordsFor('group')) {
      const at = `${path}/groups/${group}`;
      await send('PUT', at, { maxDeliveries: 1, visibilityTimeoutMs: 60_000 });
      for (const consumer of wordsFor('consumer')) {
        const { body } = await send('POST', `${at}/receive`, { consumer, limit: 4 });
        const [first] = body.entries as { id: string }[];
        await send('POST', `${at}/nack`, { consumer, ids: [first?.id] });
      }
    }
  }
  const messages = wordsFor('channel').flatMap((channel) =>
    Array.from({ length: MESSAGES }, (_each, n) => ({ channel, data: { n }, tags: [`t${n % 3}`] })),
  );
  for (const [at, channel] of wordsFor('channel').entries())
    await send('PUT', `/v1/channels/${channel}`, { historySize: at % 2 === 0 ? MESSAGES / 2 : null });
  await send('POST', '/v1/messages/batch', { messages });
  for (const [at, resource] of wordsFor('resource').entries()) {
    const held = { ttlMs: 10_000, owner: wordsFor('member')[at] };
    await send('POST', '/v1/locks', { ...held, resources: [resource], metadata: { at } });
    for (let permits = 1; permits <= PERMITS; permits++)
      await send('POST', `/v1/semaphores/${resource}/permits`, { ...held, permits });
  }
  for (const userId of wordsFor('member').slice(0, USERS)) await send('POST', '/v1/sessions', { userId });
  for (const id of wordsFor('payload')) await send('POST', '/v1/pipeline/payloads', { id, by: 'the world' });
  await send('PUT', '/v1/streams/for.texts', { schema: { type: 'string' } });
  const refused = { kind: 'streams.append', payload: { stream: 'for.texts', data: 1 } };
  for (const jobId of wordsFor('payload')) await send('POST', '/v1/jobs', { ...refused, jobId });
  return {
    admin: String(admin.token),
    reader: await key({ roles: ['reader'] }),
    otherTenant: await key({ roles: ['admin'], tenant: 'other' }),
  };
}
