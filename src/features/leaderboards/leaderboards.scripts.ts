import {
  asList,
  asNumber,
  asOptional,
  asRows,
  asText,
  type Reply,
  UnexpectedReplyError,
} from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';

const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);
const ENTRY_KEYS = ['info', 'entries', 'arrivals', 'metadata', 'scores'] as const;

/** Replies that every script on a board can give instead of its own. */
const boardStates = [
  { outcome: 'missing' },
  { outcome: 'season-due' },
  { outcome: 'not-dense' },
  { outcome: 'absent' },
  { outcome: 'stale' },
  { outcome: 'moved' },
  { outcome: 'reused' },
  { outcome: 'late' },
] as const;
export type BoardState = (typeof boardStates)[number];

/** An entry as it stands on a board; its metadata is still what `EntryMetadata` made of it. */
export type Row = Standing & ({ readonly metadata?: undefined } | { readonly metadata: string });

interface Standing {
  readonly member: string;
  readonly score: number;
  readonly rank: number;
}

export interface SubmissionResult {
  readonly outcome: 'submitted' | 'overflow';
  readonly score: number | undefined;
  /** Undefined if the entry did not fit into the board's capacity. */
  readonly rank: number | undefined;
  readonly previousScore: number | undefined;
  readonly previousRank: number | undefined;
  readonly changed: boolean;
}

type Configured =
  | { readonly outcome: 'immutable'; readonly field: string }
  | {
      readonly outcome: 'configured';
      readonly created: boolean;
      readonly buildingDense: boolean;
      readonly indexed: boolean;
    };

/** The outcome that the reply's first word names: one of `BOARD_STATES`, or what `others` makes of it. */
function byOutcome<T>(
  reply: Reply,
  others: Readonly<Record<string, (values: readonly Reply[]) => T>>,
): T | BoardState {
  const list = asList(reply);
  const word = asText(list[0]);
  const decode = others[word];
  if (decode) return decode(list.slice(1));
  const state = boardStates.find(({ outcome }) => outcome === word);
  if (state === undefined) throw new UnexpectedReplyError(`one of ${Object.keys(others).join(', ')}`, reply);
  return state;
}

/** Without a field for metadata that there is none of: so most rows are what clients get, as they are. */
export function rowOf(member: string, score: number, rank: number, metadata: string | undefined): Row {
  return metadata === undefined ? { member, score, rank } : { member, score, rank, metadata };
}

const ROW_WIDTH = 4;

/** Without a list for each row: a page has up to a thousand. */
function rowsOf(reply: Reply): Row[] {
  const flat = asList(reply);
  if (flat.length % ROW_WIDTH !== 0)
    throw new UnexpectedReplyError(`a multiple of ${ROW_WIDTH} values`, reply);
  const rows: Row[] = [];
  for (let at = 0; at < flat.length; at += ROW_WIDTH) {
    const metadata = asOptional(flat[at + 3], asText);
    rows.push(rowOf(asText(flat[at]), asNumber(flat[at + 1]), asNumber(flat[at + 2]), metadata));
  }
  return rows;
}

const submissionsOf = (reply: Reply): SubmissionResult[] =>
  asRows(reply, 6).map(([outcome, score, rank, previousScore, previousRank, changed]) => ({
    outcome: asText(outcome) === 'overflow' ? 'overflow' : 'submitted',
    score: asOptional(score, asNumber),
    rank: asOptional(rank, asNumber),
    previousScore: asOptional(previousScore, asNumber),
    previousRank: asOptional(previousRank, asNumber),
    changed: changed === 1,
  }));

export const submitScript = defineScript({
  file: file('submit'),
  keys: [...ENTRY_KEYS, 'watch', 'operation'],
  args: ['fingerprint', 'ttlMs', 'channel', 'incarnation', 'notAfter'],
  rest: 'submissions',
  decode: (reply) => {
    const done =
      (replayed: boolean) =>
      ([indexed, results]: readonly Reply[]) => ({
        outcome: 'submitted' as const,
        replayed,
        indexed: indexed === 1,
        results: submissionsOf(results),
      });
    return byOutcome(reply, { submitted: done(false), replayed: done(true) });
  },
});

const pageDecoders = {
  page: (values: readonly Reply[]) => ({
    outcome: 'page' as const,
    total: asNumber(values[0]),
    rows: rowsOf(values[2]),
    // Of a board's life and of the last entry: its score, its arrival, its member.
    next:
      values[3] === 1
        ? [asText(values[1]), asText(values[4]), asText(values[5]), asText(values[6])]
        : undefined,
  }),
};

export const readPageScript = defineScript({
  file: file('read-page'),
  keys: ENTRY_KEYS,
  args: ['limit', 'ranking', 'incarnation', 'afterScore', 'afterArrival', 'afterMember'],
  decode: (reply) => byOutcome(reply, pageDecoders),
});

export const readEntryScript = defineScript({
  file: file('read-entry'),
  keys: ENTRY_KEYS,
  args: ['member', 'ranking'],
  decode: (reply) =>
    byOutcome(reply, {
      entry: ([score, rank, better, total, metadata, arrivalMicros]) => ({
        outcome: 'entry' as const,
        score: asNumber(score),
        rank: asNumber(rank),
        better: asNumber(better),
        total: asNumber(total),
        metadata: asOptional(metadata, asText),
        arrivedAtMs: asOptional(arrivalMicros, (micros) => Math.floor(asNumber(micros) / 1000)),
      }),
    }),
});

export const readAroundScript = defineScript({
  file: file('read-around'),
  keys: ENTRY_KEYS,
  args: ['member', 'limit', 'ranking'],
  decode: (reply) =>
    byOutcome(reply, {
      window: ([total, rows]) => ({ outcome: 'window' as const, total: asNumber(total), rows: rowsOf(rows) }),
    }),
});

export const readMembersScript = defineScript({
  file: file('read-members'),
  keys: ENTRY_KEYS,
  args: ['ranking'],
  rest: 'members',
  decode: (reply) =>
    byOutcome(reply, {
      members: ([total, rows]) => ({
        outcome: 'members' as const,
        total: asNumber(total),
        rows: asRows(rows, 4).map(([score, rank, metadata, index]) =>
          asOptional(score, (present) => ({
            score: asNumber(present),
            rank: asNumber(rank),
            metadata: asOptional(metadata, asText),
            index: asNumber(index),
          })),
        ),
      }),
    }),
});

export const removeEntryScript = defineScript({
  file: file('remove-entry'),
  keys: [...ENTRY_KEYS, 'watch'],
  args: ['member', 'channel'],
  decode: (reply) => byOutcome(reply, { removed: () => ({ outcome: 'removed' as const }) }),
});

export const configureScript = defineScript({
  file: file('configure'),
  keys: ['info', 'entries', 'scores'],
  args: ['incarnation', 'order', 'operator', 'ties', 'denseRanks'],
  rest: 'others',
  decode: (reply) =>
    byOutcome<Configured>(reply, {
      immutable: ([field]) => ({ outcome: 'immutable' as const, field: asText(field) }),
      configured: ([created, dense, indexed]) => ({
        outcome: 'configured' as const,
        created: created === 1,
        buildingDense: asText(dense) === 'building',
        indexed: indexed === 1,
      }),
    }),
});

export const buildDenseScript = defineScript({
  file: file('build-dense'),
  keys: ['info', 'entries', 'scores'],
  args: ['after', 'limit'],
  /** The score behind which to go on; undefined when all are gathered. */
  decode: (reply) => {
    const [outcome, score] = asList(reply);
    return asText(outcome) === 'more' ? asText(score) : undefined;
  },
});

export const trimScript = defineScript({
  file: file('trim'),
  keys: [...ENTRY_KEYS, 'watch'],
  args: ['limit', 'channel'],
  decode: asNumber,
});

export const resealMetadataScript = defineScript({
  file: file('reseal-metadata'),
  keys: ['metadata'],
  args: [],
  rest: 'changes',
  /** Of each, whether the document was still the one that was read. */
  decode: (reply) => asList(reply).map((done) => done === 1),
});

export const closeSeasonScript = defineScript({
  file: file('close-season'),
  keys: [
    ...ENTRY_KEYS,
    'seasonInfo',
    'seasonEntries',
    'seasonArrivals',
    'seasonMetadata',
    'seasonScores',
    'seasons',
    'watch',
    'operation',
  ],
  args: ['season', 'due', 'nextResetAt', 'incarnation', 'fingerprint', 'ttlMs', 'channel'],
  decode: (reply) => {
    const closed =
      (replayed: boolean) =>
      ([id, startedAt, endedAt, total]: readonly Reply[]) => ({
        outcome: 'closed' as const,
        replayed,
        season: {
          id: asText(id),
          startedAtMs: asNumber(startedAt),
          endedAtMs: asNumber(endedAt),
          total: asNumber(total),
        },
      });
    return byOutcome(reply, { closed: closed(false), replayed: closed(true) });
  },
});

export const dropSeasonScript = defineScript({
  file: file('drop-season'),
  keys: [...ENTRY_KEYS, 'seasons'],
  args: ['season'],
  decode: (reply) => reply === 1,
});

export const deleteBoardScript = defineScript({
  file: file('delete-board'),
  keys: [...ENTRY_KEYS, 'seasons', 'watch'],
  args: ['channel'],
  decode: (reply) =>
    byOutcome<{ readonly outcome: 'deleted' | 'has-seasons' }>(reply, {
      deleted: () => ({ outcome: 'deleted' as const }),
      'has-seasons': () => ({ outcome: 'has-seasons' as const }),
    }),
});
