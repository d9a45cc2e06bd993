import { asList, asNumber, asRows, asText } from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';
import { byOutcome, file, filled, GROUP_KEYS } from './streams.scripts.js';

export const commitScript = defineScript({
  file: file('commit'),
  keys: [...GROUP_KEYS, 'outbox', 'effects'],
  args: ['consumer', 'group', 'leaseMs'],
  rest: 'items',
  decode: (reply) =>
    byOutcome(reply, {
      done: ([rows]) =>
        ({
          outcome: 'done',
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
    const [rows, left] = asList(reply);
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
