import {
  asList,
  asNumber,
  asRows,
  asText,
  asTextList,
  type Reply,
  UnexpectedReplyError,
} from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';
import { LOCK_KEYS } from './locking.keys.js';

const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);

/** One of those that hold what somebody asks for. */
export interface HolderNow {
  readonly place: string;
  /** '' if it gave none. */
  readonly owner: string;
  readonly leftMs: number;
}

export type Vote =
  | {
      readonly outcome: 'granted';
      readonly token: number;
      readonly leftMs: number;
      /** Whether another request with the same id had it. */
      readonly stood: boolean;
    }
  | {
      readonly outcome: 'held';
      /** Place in this node's line; 0 if it stands in none. */
      readonly ticket: number;
      /** When what is asked for can come free; undefined if others stand before and nothing is held. */
      readonly freeInMs: number | undefined;
      readonly holders: readonly HolderNow[];
    };

/** By the reply's first word. */
function byWord<T>(reply: Reply, decoders: Readonly<Record<string, (values: readonly Reply[]) => T>>): T {
  const [word, ...values] = asList(reply);
  const decode = decoders[asText(word)];
  if (decode === undefined)
    throw new UnexpectedReplyError(`one of ${Object.keys(decoders).join(', ')}`, reply);
  return decode(values);
}

/** -1 stands for nothing. */
const msOrNone = (reply: Reply): number | undefined => {
  const ms = asNumber(reply);
  return ms < 0 ? undefined : ms;
};

export const acquireScript = defineScript({
  file: file('acquire'),
  keys: LOCK_KEYS,
  args: ['id', 'ttlMs', 'slot', 'ticket', 'waitMs', 'process', 'confirmed', 'owner', 'metadata', 'topic'],
  rest: 'wants',
  decode: (reply) =>
    byWord<Vote>(reply, {
      granted: ([token, leftMs, stood]) => ({
        outcome: 'granted',
        token: asNumber(token),
        leftMs: asNumber(leftMs),
        stood: asNumber(stood) === 1,
      }),
      held: ([ticket, freeIn, ...holders]) => ({
        outcome: 'held',
        ticket: asNumber(ticket),
        freeInMs: msOrNone(freeIn),
        holders: asRows(holders, 3).map(([place, owner, left]) => ({
          place: asText(place),
          owner: asText(owner),
          leftMs: asNumber(left),
        })),
      }),
    }),
});

export const extendScript = defineScript({
  file: file('extend'),
  keys: LOCK_KEYS,
  args: ['id', 'ttlMs', 'token', 'topic'],
  /** The grant's token, 0 if the node was not told of it; undefined if there is no such grant any more. */
  decode: (reply) =>
    byWord<number | undefined>(reply, { extended: ([token]) => asNumber(token), lost: () => undefined }),
});

export const releaseScript = defineScript({
  file: file('release'),
  keys: LOCK_KEYS,
  args: ['id', 'keep', 'process', 'topic'],
  /** Whether a grant was ended. */
  decode: (reply) => byWord(reply, { released: () => true, lost: () => false }),
});

export const breakScript = defineScript({
  file: file('break'),
  keys: LOCK_KEYS,
  args: ['place', 'topic'],
  decode: asNumber,
});

export const beatScript = defineScript({
  file: file('beat'),
  keys: LOCK_KEYS,
  args: ['process', 'topic'],
  rest: 'waiters',
  decode: (reply) => {
    const [soonest, due] = asList(reply);
    return { soonestMs: msOrNone(soonest), due: asTextList(due) };
  },
});

/** A grant as one node knows it. */
export interface StandingGrant {
  readonly id: string;
  readonly slot: number;
  readonly owner: string;
  /** JSON, or ''. */
  readonly metadata: string;
  readonly token: number;
  readonly sinceMs: number;
  readonly leftMs: number;
}

/** Who holds a place and who waits for it, as one node knows it. */
export interface PlaceNow {
  readonly grants: readonly StandingGrant[];
  /** How many wait; `line` has the first hundred of them. */
  readonly waiting: number;
  readonly line: readonly { readonly owner: string; readonly sinceMs: number }[];
}

export const readScript = defineScript({
  file: file('read'),
  keys: LOCK_KEYS,
  args: [],
  rest: 'places',
  decode: (reply): PlaceNow[] =>
    asList(reply).map((place) => {
      const [grants, waiting, line] = asList(place);
      return {
        grants: asRows(grants, 7).map(([id, slot, owner, metadata, token, since, left]) => ({
          id: asText(id),
          slot: asNumber(slot),
          owner: asText(owner),
          metadata: asText(metadata),
          token: asNumber(token),
          sinceMs: asNumber(since),
          leftMs: asNumber(left),
        })),
        waiting: asNumber(waiting),
        line: asRows(line, 2).map(([owner, since]) => ({ owner: asText(owner), sinceMs: asNumber(since) })),
      };
    }),
});

export const findScript = defineScript({
  file: file('find'),
  keys: LOCK_KEYS,
  args: ['id'],
  decode: asTextList,
});
