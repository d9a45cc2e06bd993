import { built } from '../../scripts/built-module.mjs';
import { digits, forEachNumber } from './services-in-process.mjs';

const ROWS_A_BATCH = 1000;
const SECRET = '0123456789abcdef0123456789abcdef';
const MOST_SCORE = 1_000_000;

/** A score for each number, all over the range and always the same one. */
export const scoreOf = (index) => (index * 48_271) % MOST_SCORE;

/** Puts `count` members on `board`, by the service's own batches. */
export async function fillBoard({ of, callerOf }, board, count, width = 5) {
  const submissions = await of(
    'features/leaderboards/leaderboards.submissions.service.js',
    'SubmissionsService',
  );
  for (let at = 0; at < count; at += ROWS_A_BATCH) {
    const rows = Array.from({ length: Math.min(ROWS_A_BATCH, count - at) }, (_row, offset) => ({
      member: `member-${digits(at + offset, width)}`,
      score: scoreOf(at + offset),
    }));
    await submissions.submitBatch(callerOf(), { board, submissions: rows });
  }
}

/** Puts `members` on each of `count` boards, `board-00` and on: one for each connection, `board-<user:2>`. */
export const fillBoards = (services, count, members) =>
  forEachNumber(count, (index) => fillBoard(services, `board-${digits(index, 2)}`, members));

/** Makes boards of one member each: the one that `boardAt` names for each number, of the tenant that `tenantAt` names. */
export async function makeBoards({ of, callerOf }, count, boardAt, tenantAt = () => 'default') {
  const submissions = await of(
    'features/leaderboards/leaderboards.submissions.service.js',
    'SubmissionsService',
  );
  await forEachNumber(count, (index) =>
    submissions.submit(callerOf(tenantAt(index)), {
      board: boardAt(index),
      member: 'member-00000',
      score: 1,
    }),
  );
}

/** An API key by its id, as a client sends it. */
export const keyOf = (id) => `fk_${id}_${SECRET}`;

/** Makes API keys that may do everything, with the ids that `idAt` names. */
export async function makeKeys({ of }, count, idAt, tenantAt = () => 'default') {
  const { hashSecret, parseApiKey } = await built('access/api-key.js');
  const keys = await of('access/api-key-store.js', 'ApiKeyStore');
  const hash = hashSecret(parseApiKey(keyOf('any')).secret);
  await forEachNumber(count, (index) =>
    keys.put(
      {
        id: idAt(index),
        name: 'bench',
        tenant: tenantAt(index),
        roles: ['admin'],
        permissions: [],
        createdAt: Date.now(),
        expiresAt: undefined,
        hash,
        previous: undefined,
      },
      'create',
    ),
  );
}
