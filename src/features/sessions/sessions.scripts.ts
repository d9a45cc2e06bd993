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
import { OWNER_KEYS } from './sessions.keys.js';

const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);

/** What is stored of a session; only the service can tell whether the parts belong together. */
export interface StoredSession {
  readonly version: string;
  readonly head: string;
  readonly box: string;
  readonly seen: string;
}

/** How a token stands to its session; `old` is one that was replaced a moment ago. */
const STANDINGS = ['live', 'old', 'ended', 'late', 'wrong', 'changed'] as const;
export type Standing = (typeof STANDINGS)[number];
export type Judged = { readonly standing: Standing } & StoredSession;

const isStanding = (word: string): word is Standing => STANDINGS.some((standing) => standing === word);

function asJudged(reply: Reply): Judged {
  const [word, ...stored] = asTextList(reply);
  if (word === undefined || !isStanding(word)) throw new UnexpectedReplyError('a standing', reply);
  return { standing: word, ...storedIn(stored) };
}

function storedIn([version = '', head = '', box = '', seen = '']: readonly string[]): StoredSession {
  return { version, head, box, seen };
}

/** What a script of a keyed request, or one that needs to know the time, may answer instead. */
type Instead =
  | { readonly outcome: 'replayed'; readonly answer: string }
  | { readonly outcome: 'reused' }
  | { readonly outcome: 'clock'; readonly now: number };

function asInstead([word, value]: readonly Reply[]): Instead | undefined {
  if (word === 'replayed') return { outcome: 'replayed', answer: asText(value) };
  if (word === 'reused') return { outcome: 'reused' };
  return word === 'clock' ? { outcome: 'clock', now: asNumber(value) } : undefined;
}

export type Created =
  | { readonly outcome: 'created'; readonly indexed: boolean }
  | { readonly outcome: 'written'; readonly indexed: boolean }
  | { readonly outcome: 'full' }
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'unlisted' }
  | { readonly outcome: 'other' }
  | Instead;

export const createScript = defineScript({
  file: file('create'),
  keys: [...OWNER_KEYS, 'info', 'operation'],
  args: [
    'id',
    'version',
    'head',
    'box',
    'key',
    'at',
    'toleranceMs',
    'most',
    'full',
    'over',
    'who',
    'fingerprint',
    'ttlMs',
    'answer',
    'listed',
  ],
  decode: (reply): Created => {
    const values = asList(reply);
    const instead = asInstead(values);
    if (instead) return instead;
    const [word, indexed] = values;
    if (word === 'created' || word === 'written') return { outcome: word, indexed: asNumber(indexed) === 1 };
    if (word === 'full') return { outcome: word };
    if (word === 'ended') return { outcome: word };
    if (word === 'unlisted') return { outcome: word };
    if (word === 'other') return { outcome: word };
    throw new UnexpectedReplyError('what became of a session', reply);
  },
});

export const readScript = defineScript({
  file: file('read'),
  keys: OWNER_KEYS,
  args: ['id', 'verifier', 'key', 'touch'],
  decode: asJudged,
});

export const touchScript = defineScript({
  file: file('touch'),
  keys: OWNER_KEYS,
  args: ['id', 'verifier', 'key'],
  decode: (reply) => {
    const [standing, head = ''] = asTextList(reply);
    return { isLive: standing === 'live', head };
  },
});

export const writeScript = defineScript({
  file: file('write'),
  keys: OWNER_KEYS,
  args: ['id', 'verifier', 'key', 'version', 'next', 'box', 'head', 'before'],
  decode: asJudged,
});

export type Rotated =
  { readonly outcome: 'rotated' } | Instead | { readonly outcome: 'other'; readonly judged: Judged };

export const rotateScript = defineScript({
  file: file('rotate'),
  keys: [...OWNER_KEYS, 'operation'],
  args: [
    'id',
    'verifier',
    'key',
    'version',
    'next',
    'head',
    'box',
    'nextKey',
    'at',
    'toleranceMs',
    'who',
    'fingerprint',
    'ttlMs',
    'answer',
  ],
  decode: (reply): Rotated => {
    const values = asList(reply);
    if (values[0] === 'rotated') return { outcome: 'rotated' };
    return asInstead(values) ?? { outcome: 'other', judged: asJudged(reply) };
  },
});

export const endScript = defineScript({
  file: file('end'),
  keys: OWNER_KEYS,
  args: ['id', 'who'],
  /** Whether there was such a session. */
  decode: (reply) => asTextList(reply)[0] === 'ended',
});

export const endAllScript = defineScript({
  file: file('end-all'),
  keys: OWNER_KEYS,
  args: ['prefix', 'except', 'who'],
  /** How many there were. */
  decode: (reply) => asNumber(asList(reply)[1]),
});

export const listScript = defineScript({
  file: file('list'),
  keys: OWNER_KEYS,
  args: ['created', 'rest', 'limit', 'owner'],
  decode: (reply) => {
    const [more, ...rows] = asList(reply);
    return {
      more: asText(more) === '1',
      sessions: asRows(rows, 5).map((row) => {
        const [rest = '', ...stored] = asTextList(row);
        return { rest, ...storedIn(stored) };
      }),
    };
  },
});

export const countScript = defineScript({
  file: file('count'),
  keys: OWNER_KEYS,
  args: [],
  decode: asNumber,
});

export const lookScript = defineScript({
  file: file('look'),
  keys: OWNER_KEYS,
  args: [],
  rest: 'ids',
  /** One for each of the ids; undefined for a session that is over. */
  decode: (reply) =>
    asList(reply).map((each) => {
      const stored = asTextList(each);
      return stored.length === 0 ? undefined : storedIn(stored);
    }),
});

export const resealScript = defineScript({
  file: file('reseal'),
  keys: OWNER_KEYS,
  args: ['id', 'box', 'sealed'],
  /** Whether the box was still the one that was read. */
  decode: (reply) => asTextList(reply)[0] === 'resealed',
});

export const sweepScript = defineScript({
  file: file('sweep'),
  keys: ['live', 'due', 'ended', 'audit', 'taken', 'info'],
  restKeys: 'owners',
  args: [],
  rest: 'members',
  decode: (reply) => {
    const [forgotten, count, empty] = asList(reply).map(asNumber);
    return { forgotten, count: count ?? 0, empty: empty === 1 };
  },
});

export const takeAuditScript = defineScript({
  file: file('take-audit'),
  keys: ['audit', 'taken'],
  args: ['id', 'from', 'to'],
  /** undefined if there is nothing to tell. */
  decode: (reply) => {
    const [id, ...events] = asTextList(reply);
    return id === undefined ? undefined : { id, events };
  },
});

export const settleAuditScript = defineScript({
  file: file('settle-audit'),
  keys: ['audit', 'taken'],
  args: ['id'],
  /** How many events wait to be told. */
  decode: asNumber,
});
