import type { ApiClient } from '../../support/api-client.js';
import type { Tokens } from './fuzz-request.js';
import { wordsFor } from './words.js';

const SEASONS = 3;

/**
 * What the attack finds: a reader and the admin of another tenant, policies, and boards with entries and closed seasons
 * under the names that requests use. The admin's own key is under none of them.
 * @throws Error if something of it is refused
 */
export async function buildWorld(admin: ApiClient): Promise<Tokens> {
  const send = async (method: string, path: string, body?: object) => {
    const answer = await admin.send(method, path, body);
    if (answer.status > 201)
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
  return {
    admin: String(admin.token),
    reader: await key({ roles: ['reader'] }),
    otherTenant: await key({ roles: ['admin'], tenant: 'other' }),
  };
}
