import { asList, asNumber, asRows, asText, asTextList } from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';
import { GROUP_KEYS, KEYED_ARGS, KEYED_GROUP_KEYS } from './streams.group-scripts.js';
import { byOutcome, file, filled, isOne } from './streams.scripts.js';

export const commitScript = defineScript({
  file: file('commit'),
  keys: [...KEYED_GROUP_KEYS, 'outbox', 'effects'],
  args: ['consumer', 'group', 'leaseMs', ...KEYED_ARGS],
  rest: 'items',
  decode: (reply) =>
    byOutcome(reply, {
      done: ([replayed, rows, leaseEndsAt]) =>
        ({
          outcome: 'done',
          replayed: isOne(replayed),
          /** By Redis' clock, in ms. */
          leaseEndsAtMs: asNumber(leaseEndsAt),
          rows: asRows(rows, 3).map(([id, refused, commit]) => ({
            id: asText(id),
            refused: filled(refused),
            commit: filled(commit),
          })),
        }) as const,
    }),
});

export const refuseEffectsScript = defineScript({
  file: file('refuse-effects'),
  keys: GROUP_KEYS,
  args: ['id', 'reason', 'deliveries'],
  decode: (reply) => byOutcome(reply, { refused: () => ({ outcome: 'refused' }) as const }),
});

/** What a commit has to do, for whoever does it. */
export interface CommittedEffects {
  readonly commit: string;
  readonly group: string;
  readonly id: string;
  readonly deliveries: number;
  /** A JSON array. */
  readonly effects: string;
  readonly applied: boolean;
}

export const takeEffectsScript = defineScript({
  file: file('take-effects'),
  keys: ['outbox', 'effects'],
  args: ['leaseMs', 'limit'],
  decode: (reply) => {
    const [rows, left, leaseEndsAt] = asList(reply);
    return {
      commits: asRows(rows, 6).map(([commit, group, id, deliveries, effects, state]): CommittedEffects => ({
        commit: asText(commit),
        group: asText(group),
        id: asText(id),
        deliveries: asNumber(deliveries),
        effects: asText(effects),
        applied: asText(state) === 'applied',
      })),
      left: asNumber(left),
      leaseEndsAtMs: asNumber(leaseEndsAt),
    };
  },
});

export const settleEffectsScript = defineScript({
  file: file('settle-effects'),
  keys: ['outbox', 'effects'],
  args: ['state'],
  rest: 'commits',
  decode: asNumber,
});

const OUTBOX_KEYS = ['outboxes', 'uses'] as const;

export const registerOutboxScript = defineScript({
  file: file('register-outbox'),
  keys: OUTBOX_KEYS,
  args: ['stream', 'lookAfterMs'],
  decode: () => undefined,
});

export const dueOutboxesScript = defineScript({
  file: file('due-outboxes'),
  keys: OUTBOX_KEYS,
  args: ['lookAfterMs', 'limit'],
  decode: asTextList,
});

export const retireOutboxScript = defineScript({
  file: file('retire-outbox'),
  keys: OUTBOX_KEYS,
  args: ['stream', 'idleMs'],
  decode: isOne,
});
