import { asList, asNumber, asOptional, asRows, asText, type Reply } from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';
import {
  byOutcome,
  configured,
  type Entry,
  fieldsOf,
  file,
  filled,
  isOne,
  STREAM_KEYS,
} from './streams.scripts.js';

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

/** Keys and arguments of scripts that carry out keyed requests on a group. */
export const KEYED_GROUP_KEYS = [...GROUP_KEYS, 'operation'] as const;
export const KEYED_ARGS = ['fingerprint', 'ttlMs'] as const;

/** One entry of a request about deliveries; `refused` is undefined if it was done. */
export interface DeliveryOutcome {
  readonly id: string;
  readonly refused: string | undefined;
}

export interface Delivered extends Entry {
  readonly deliveries: number;
  /** Milliseconds since 1970, by Redis' clock. */
  readonly firstDeliveredAt: number;
}

export interface DeadLetter {
  readonly id: string;
  /** Milliseconds since 1970, by Redis' clock. */
  readonly deadAt: number;
  /** Its place among all, which the next page begins behind. */
  readonly place: string;
  /** JSON; undefined if the entry was trimmed before it was given up. */
  readonly data: string | undefined;
  readonly key: string | undefined;
  readonly reason: string;
  readonly deliveries: number;
}

const outcomesOf = (reply: Reply): DeliveryOutcome[] =>
  asRows(reply, 2).map(([id, refused]) => ({ id: asText(id), refused: filled(refused) }));

const done = (reply: Reply) =>
  byOutcome(reply, {
    done: ([replayed, rows]) =>
      ({ outcome: 'done', replayed: isOne(replayed), rows: outcomesOf(rows) }) as const,
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
      configured,
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
  keys: KEYED_GROUP_KEYS,
  args: ['consumer', 'limit', 'maxBytes', 'forgetMs', ...KEYED_ARGS],
  decode: (reply) =>
    byOutcome(reply, {
      received: ([replayed, rows, dueMs]) =>
        ({
          outcome: 'received',
          replayed: isOne(replayed),
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
  keys: KEYED_GROUP_KEYS,
  args: ['consumer', ...KEYED_ARGS],
  rest: 'ids',
  decode: done,
});

export const extendScript = defineScript({
  file: file('extend'),
  keys: KEYED_GROUP_KEYS,
  args: ['consumer', ...KEYED_ARGS],
  rest: 'ids',
  decode: done,
});

export const giveBackScript = defineScript({
  file: file('give-back'),
  keys: [...KEYED_GROUP_KEYS, 'watch'],
  args: ['consumer', 'delayMs', 'reason', 'channel', 'group', ...KEYED_ARGS],
  rest: 'ids',
  decode: done,
});

/** A group as it is shown. */
function groupIn(reply: Reply) {
  const [settings, lag, pending, dead, consumers] = asList(reply);
  return {
    settings: fieldsOf(settings),
    lag: asNumber(lag),
    pending: asNumber(pending),
    deadLetters: asNumber(dead),
    consumers: asRows(consumers, 3).map(([consumer, idleMs, held]) => ({
      consumer: asText(consumer),
      idleMs: asNumber(idleMs),
      pending: asNumber(held),
    })),
  };
}
export type GroupNow = ReturnType<typeof groupIn>;

export const seekScript = defineScript({
  file: file('seek'),
  keys: [...KEYED_GROUP_KEYS, 'watch'],
  args: ['to', 'channel', 'group', ...KEYED_ARGS, 'maxConsumers'],
  decode: (reply) =>
    byOutcome(reply, {
      moved: ([replayed, view]) =>
        ({ outcome: 'moved', replayed: isOne(replayed), now: groupIn(view) }) as const,
    }),
});

export const readGroupScript = defineScript({
  file: file('read-group'),
  keys: GROUP_KEYS,
  args: ['maxConsumers'],
  decode: (reply) =>
    byOutcome(reply, { group: ([view]) => ({ outcome: 'group', now: groupIn(view) }) as const }),
});

export const readDeadLettersScript = defineScript({
  file: file('read-dead-letters'),
  keys: GROUP_KEYS,
  args: ['after', 'limit', 'maxBytes', 'incarnation'],
  decode: (reply) =>
    byOutcome(reply, {
      letters: ([rows, more, incarnation]) =>
        ({
          outcome: 'letters',
          letters: asRows(rows, 6).map(([id, deadAt, data, key, reason, deliveries]): DeadLetter => ({
            id: asText(id),
            deadAt: Math.ceil(asNumber(deadAt)),
            place: `${asText(deadAt)} ${asText(id)}`,
            data: filled(data),
            key: filled(key),
            reason: asText(reason),
            deliveries: asNumber(deliveries),
          })),
          more: isOne(more),
          incarnation: asText(incarnation),
        }) as const,
    }),
});

export const replayScript = defineScript({
  file: file('replay'),
  keys: [...KEYED_GROUP_KEYS, 'watch'],
  args: ['channel', 'group', 'limit', ...KEYED_ARGS],
  rest: 'ids',
  decode: done,
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
