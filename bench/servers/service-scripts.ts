import type * as Leaderboards from '../../src/features/leaderboards/leaderboards.scripts.js';
import type * as Scripts from '../../src/redis/script.js';
import type * as Buckets from '../../src/transport/rate-limiting/token-bucket.js';
import { built } from './built.js';

const { readPageScript, submitScript } = await built<typeof Leaderboards>(
  'features/leaderboards/leaderboards.scripts.js',
);
const { defineScript } = await built<typeof Scripts>('redis/script.js');
const { partsOf } = await built<typeof Buckets>('transport/rate-limiting/token-bucket.js');

/**
 * Of address, credential and tenant: ten times the service's defaults, since these servers may reach 10,000 requests/s,
 * and a refusal would spoil the comparison. A charge costs the same whatever a bucket holds.
 */
const LIMITS = [
  { capacity: 200_000, refillTokens: 100_000, refillIntervalMs: 1000 },
  { capacity: 200_000, refillTokens: 100_000, refillIntervalMs: 1000 },
  { capacity: 400_000, refillTokens: 200_000, refillIntervalMs: 1000 },
];

const takeScript = defineScript({
  file: new URL('../../dist/transport/rate-limiting/scripts/take-tokens.lua', import.meta.url),
  keys: ['operation'],
  restKeys: 'buckets',
  args: ['mode', 'fingerprint', 'ttlMs'],
  rest: 'limits',
  decode: (reply) => Array.isArray(reply) && reply[1] === 1,
});

const takeArgs = [
  'take',
  '',
  0,
  ...LIMITS.flatMap((limit) => {
    const { capacity, refill, partsPerToken } = partsOf(limit);
    return [capacity, refill, partsPerToken];
  }),
];
const TAKE_KEYS = 1 + LIMITS.length;

/** Both scripts as one: the second is carried out if the buckets hold enough. */
const afterTaking = (source: string) => `
local function take(KEYS, ARGV)
${takeScript.source}
end
local function work(KEYS, ARGV)
${source}
end
local function part(list, from, to)
  local found = {}
  for at = from, to do found[#found + 1] = list[at] end
  return found
end
local taken = take(part(KEYS, 1, ${TAKE_KEYS}), part(ARGV, 1, ${takeArgs.length}))
if taken[2] == 0 then return { 'refused' } end
return work(part(KEYS, ${TAKE_KEYS + 1}, #KEYS), part(ARGV, ${takeArgs.length + 1}, #ARGV))`;

const sourcesAfterTaking = new Map(
  [submitScript, readPageScript].map(({ source }) => [source, afterTaking(source)]),
);

export interface Submission {
  readonly member: string;
  readonly score: number;
}

/** A script, and the keys and arguments of one call. */
export interface Call {
  readonly source: string;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** The call that charges a token to the address, to the credential and to the tenant. */
export function takeCall(address: string, actor: string, tenant: string): Call {
  const caller = `fulcrum:${tenant}:{throttle:${tenant}}`;
  const buckets = [
    `fulcrum:_:{throttle:${address}}:address`,
    `${caller}:credential:${actor}`,
    `${caller}:tenant`,
  ];
  return { source: takeScript.source, keys: [buckets[0] ?? '', ...buckets], args: takeArgs };
}

export const isTaken = takeScript.decode;

/** The call that submits a score, as the service makes it for a request without an Idempotency-Key. */
export function submitCall(tenant: string, board: string, { member, score }: Submission): Call {
  const key = (part: string) => `fulcrum:${tenant}:{leaderboards:${board}}:${part}`;
  return {
    source: submitScript.source,
    keys: ['info', 'entries', 'arrivals', 'metadata', 'scores', 'watch', 'operation:none'].map(key),
    args: ['', 0, key('changes'), 'bench', '', member, score, '', ''],
  };
}

/** The call that reads the first `limit` entries. */
export function topCall(tenant: string, board: string, limit: number): Call {
  const key = (part: string) => `fulcrum:${tenant}:{leaderboards:${board}}:${part}`;
  return {
    source: readPageScript.source,
    keys: ['info', 'entries', 'arrivals', 'metadata', 'scores'].map(key),
    args: [limit, 'ordinal', '', '', '', ''],
  };
}

/** The charge, and a submission or a reading if it was admitted, in one trip; needs all keys on one server. */
export function takeAndCall(take: Call, { source, keys, args }: Call): Call {
  const both = sourcesAfterTaking.get(source);
  if (both === undefined) throw new Error('no script does both');
  return { source: both, keys: [...take.keys, ...keys], args: [...take.args, ...args] };
}

/** What the service answers to a submission. */
export interface SubmissionAnswer extends Submission {
  readonly rank: number | null;
  readonly previousScore: number | null;
  readonly previousRank: number | null;
  readonly changed: boolean;
}

/** What the service answers to a reading. */
export interface TopAnswer {
  readonly items: readonly { readonly member: string; readonly score: number; readonly rank: number }[];
  /** The place behind the last item; null at the end. */
  readonly next: readonly string[] | null;
  readonly total: number;
}

/** The entries that the reply means; undefined if the buckets refused. */
export function topOf(reply: unknown): TopAnswer | undefined {
  if (isRefused(reply)) return undefined;
  const decoded = readPageScript.decode(reply);
  if (decoded.outcome !== 'page') throw new Error(`a reading was answered ${decoded.outcome}`);
  const items = decoded.rows.map(({ member, score, rank }) => ({ member, score, rank }));
  return { items, next: decoded.next ?? null, total: decoded.total };
}

function isRefused(reply: unknown): boolean {
  return Array.isArray(reply) && reply[0] === 'refused';
}

/** The answer that the reply means; undefined if the buckets refused. */
export function answerOf({ member, score }: Submission, reply: unknown): SubmissionAnswer | undefined {
  if (isRefused(reply)) return undefined;
  const decoded = submitScript.decode(reply);
  const result = decoded.outcome === 'submitted' ? decoded.results[0] : undefined;
  if (result === undefined) throw new Error(`a submission was answered ${decoded.outcome}`);
  return {
    member,
    score: result.score ?? score,
    rank: result.rank ?? null,
    previousScore: result.previousScore ?? null,
    previousRank: result.previousRank ?? null,
    changed: result.changed,
  };
}
