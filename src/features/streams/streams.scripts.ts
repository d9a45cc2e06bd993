import {
  asList,
  asNumber,
  asOptional,
  asRows,
  asText,
  asTextList,
  type Reply,
  UnexpectedReplyError,
} from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';

export const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);

const STREAM_KEYS = ['info', 'entries', 'removed'] as const;
export const GROUP_KEYS = [
  ...STREAM_KEYS,
  'group',
  'pending',
  'deliveries',
  'consumers',
  'held',
  'dead',
  'letters',
  'copies',
] as const;

/** Replies that a script can give instead of its own. */
const refusals = [
  { outcome: 'missing' },
  { outcome: 'no-group' },
  { outcome: 'absent' },
  { outcome: 'reused' },
  { outcome: 'other-schema' },
  { outcome: 'stale' },
  { outcome: 'too-many' },
] as const;
type Refusal = (typeof refusals)[number];

/** Why an entry was not this consumer's to acknowledge, to extend or to give back. */
export type RefusalReason = 'not-pending' | 'not-owner' | 'expired';

/** One entry of a request about deliveries; `refused` is undefined if it was done. */
export interface DeliveryOutcome {
  readonly id: string;
  readonly refused: string | undefined;
}

export interface Delivered {
  readonly id: string;
  /** JSON. */
  readonly data: string;
  readonly key: string | undefined;
  readonly deliveries: number;
  /** Milliseconds since 1970, by Redis' clock. */
  readonly firstDeliveredAt: number;
}

export interface DeadLetter {
  readonly id: string;
  /** Milliseconds since 1970, by Redis' clock. */
  readonly deadAt: number;
  /** JSON; undefined if the entry was trimmed before it was given up. */
  readonly data: string | undefined;
  readonly key: string | undefined;
  readonly reason: string;
  readonly deliveries: number;
}

/** What `others` makes of a reply, by its first word, or one of the refusals that every script can give. */
export function byOutcome<T>(
  reply: Reply,
  others: Readonly<Record<string, (values: readonly Reply[]) => T>>,
): T | Refusal {
  const [first, ...values] = asList(reply);
  const word = asText(first);
  const decode = others[word];
  if (decode) return decode(values);
  const refusal = refusals.find(({ outcome }) => outcome === word);
  if (refusal === undefined)
    throw new UnexpectedReplyError(`one of ${Object.keys(others).join(', ')}`, reply);
  return refusal;
}

export const filled = (reply: Reply): string | undefined => asText(reply) || undefined;

const outcomesOf = (reply: Reply): DeliveryOutcome[] =>
  asRows(reply, 2).map(([id, refused]) => ({ id: asText(id), refused: filled(refused) }));

const done = (reply: Reply) =>
  byOutcome(reply, { done: ([rows]) => ({ outcome: 'done', rows: outcomesOf(rows) }) as const });

export const appendScript = defineScript({
  file: file('append'),
  keys: [...STREAM_KEYS, 'operation', 'watch'],
  args: ['fingerprint', 'ttlMs', 'channel', 'incarnation', 'checked'],
  rest: 'rows',
  decode: (reply) => {
    const appended =
      (replayed: boolean) =>
      ([indexed, ids]: readonly Reply[]) =>
        ({ outcome: 'appended', replayed, indexed: asNumber(indexed) === 1, ids: asTextList(ids) }) as const;
    return byOutcome(reply, { appended: appended(false), replayed: appended(true) });
  },
});

export const readRangeScript = defineScript({
  file: file('read-range'),
  keys: STREAM_KEYS,
  args: ['from', 'to', 'order', 'limit', 'maxBytes', 'incarnation'],
  decode: (reply) =>
    byOutcome(reply, {
      range: ([incarnation, rows, more]) =>
        ({
          outcome: 'range',
          incarnation: asText(incarnation),
          entries: asRows(rows, 3).map(([id, data, key]) => ({
            id: asText(id),
            data: asText(data),
            key: filled(key),
          })),
          more: asNumber(more) === 1,
        }) as const,
    }),
});

export const removeEntryScript = defineScript({
  file: file('remove-entry'),
  keys: STREAM_KEYS,
  args: ['id'],
  decode: (reply) => byOutcome(reply, { removed: () => ({ outcome: 'removed' }) as const }),
});

export const configureGroupScript = defineScript({
  file: file('configure-group'),
  keys: [...GROUP_KEYS, 'groups'],
  args: [
    'incarnation',
    'startAt',
    'maxDeliveries',
    'visibilityTimeoutMs',
    'defaultMaxDeliveries',
    'defaultVisibilityTimeoutMs',
    'group',
    'maxGroups',
  ],
  decode: (reply) =>
    byOutcome(reply, {
      configured: ([created]) => ({ outcome: 'configured', created: asNumber(created) === 1 }) as const,
    }),
});

export const deleteGroupScript = defineScript({
  file: file('delete-group'),
  keys: [...GROUP_KEYS, 'groups'],
  args: ['group'],
  decode: (reply) => byOutcome(reply, { deleted: () => ({ outcome: 'deleted' }) as const }),
});

export const receiveScript = defineScript({
  file: file('receive'),
  keys: GROUP_KEYS,
  args: ['consumer', 'limit', 'maxBytes', 'forgetMs'],
  decode: (reply) =>
    byOutcome(reply, {
      received: ([rows, dueMs]) =>
        ({
          outcome: 'received',
          entries: asRows(rows, 5).map(([id, data, key, deliveries, firstDeliveredAt]): Delivered => ({
            id: asText(id),
            data: asText(data),
            key: filled(key),
            deliveries: asNumber(deliveries),
            firstDeliveredAt: asNumber(firstDeliveredAt),
          })),
          dueMs: asOptional(dueMs, asNumber),
        }) as const,
    }),
});

export const acknowledgeScript = defineScript({
  file: file('acknowledge'),
  keys: GROUP_KEYS,
  args: ['consumer'],
  rest: 'ids',
  decode: done,
});

export const extendScript = defineScript({
  file: file('extend'),
  keys: GROUP_KEYS,
  args: ['consumer'],
  rest: 'ids',
  decode: done,
});

export const giveBackScript = defineScript({
  file: file('give-back'),
  keys: [...GROUP_KEYS, 'watch'],
  args: ['consumer', 'delayMs', 'reason', 'channel', 'group'],
  rest: 'ids',
  decode: done,
});

export const seekScript = defineScript({
  file: file('seek'),
  keys: [...GROUP_KEYS, 'watch'],
  args: ['to', 'channel', 'group'],
  decode: (reply) => byOutcome(reply, { moved: () => ({ outcome: 'moved' }) as const }),
});

export const readGroupScript = defineScript({
  file: file('read-group'),
  keys: GROUP_KEYS,
  args: ['maxConsumers'],
  decode: (reply) =>
    byOutcome(reply, {
      group: ([settings, lag, pending, dead, consumers]) =>
        ({
          outcome: 'group',
          settings: new Map(asRows(settings, 2).map(([field, value]) => [asText(field), asText(value)])),
          lag: asNumber(lag),
          pending: asNumber(pending),
          deadLetters: asNumber(dead),
          consumers: asRows(consumers, 3).map(([consumer, idleMs, held]) => ({
            consumer: asText(consumer),
            idleMs: asNumber(idleMs),
            pending: asNumber(held),
          })),
        }) as const,
    }),
});

export const readDeadLettersScript = defineScript({
  file: file('read-dead-letters'),
  keys: GROUP_KEYS,
  args: ['after', 'limit', 'maxBytes'],
  decode: (reply) =>
    byOutcome(reply, {
      letters: ([rows, more]) =>
        ({
          outcome: 'letters',
          letters: asRows(rows, 6).map(([id, deadAt, data, key, reason, deliveries]): DeadLetter => ({
            id: asText(id),
            deadAt: asNumber(deadAt),
            data: filled(data),
            key: filled(key),
            reason: asText(reason),
            deliveries: asNumber(deliveries),
          })),
          more: asNumber(more) === 1,
        }) as const,
    }),
});

export const replayScript = defineScript({
  file: file('replay'),
  keys: [...GROUP_KEYS, 'watch'],
  args: ['channel', 'group', 'limit'],
  rest: 'ids',
  decode: (reply) =>
    byOutcome(reply, { replayed: ([rows]) => ({ outcome: 'replayed', rows: outcomesOf(rows) }) as const }),
});

export const discardDeadLettersScript = defineScript({
  file: file('discard-dead-letters'),
  keys: GROUP_KEYS,
  args: ['limit'],
  rest: 'ids',
  decode: (reply) =>
    byOutcome(reply, {
      discarded: ([discarded, left]) =>
        ({ outcome: 'discarded', discarded: asNumber(discarded), left: asNumber(left) }) as const,
    }),
});
