import { keyReused } from '../../transport/idempotency/idempotency.js';
import type { GroupPath } from './dto/group.dto.js';
import { groupNotFound, streamNotFound } from './streams.errors.js';

/**
 * A reply whose outcome is `word`.
 * @throws AppError `streams.stream-not-found`, `streams.group-not-found`, `idempotency.key-reused` for the others
 */
export function expected<Word extends string, T extends { readonly outcome: string }>(
  word: Word,
  { stream, group }: GroupPath,
  reply: T,
): Extract<T, { readonly outcome: Word }> {
  if (isOutcome(word, reply)) return reply;
  if (reply.outcome === 'missing') throw streamNotFound(stream);
  if (reply.outcome === 'no-group') throw groupNotFound(group);
  if (reply.outcome === 'reused') throw keyReused();
  throw new Error(`a script answered ${reply.outcome} in the place of ${word}`);
}

function isOutcome<Word extends string, T extends { readonly outcome: string }>(
  word: Word,
  reply: T,
): reply is Extract<T, { readonly outcome: Word }> {
  return reply.outcome === word;
}
