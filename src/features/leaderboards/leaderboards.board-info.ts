import { asNumber, asOptional } from '../../redis/decode.js';

export const ORDERS = ['descending', 'ascending'] as const;
export const OPERATORS = ['set', 'best', 'increment'] as const;
export const TIES = ['arrival', 'member'] as const;
export const RANKINGS = ['ordinal', 'competition', 'dense'] as const;

export type Order = (typeof ORDERS)[number];
export type Operator = (typeof OPERATORS)[number];
export type Ties = (typeof TIES)[number];
export type Ranking = (typeof RANKINGS)[number];

export const DEFAULT_KEEP_SEASONS = 10;

/** A board's settings and its season, as the hash `info` holds them. */
export interface BoardInfo {
  readonly order: Order;
  readonly operator: Operator;
  readonly ties: Ties;
  readonly denseRanks: boolean;
  readonly reset: { readonly cron: string; readonly timeZone: string } | undefined;
  readonly keepSeasons: number;
  readonly capacity: number | undefined;
  readonly season: string;
  readonly startedAtMs: number;
  readonly nextResetAtMs: number | undefined;
}

/** What the hash `fields` says of a board; undefined if there is none. */
export function decodeBoardInfo(fields: Readonly<Record<string, string>>): BoardInfo | undefined {
  if (fields.order === undefined) return undefined;
  return {
    order: oneOf(ORDERS, fields.order),
    operator: oneOf(OPERATORS, fields.operator),
    ties: oneOf(TIES, fields.ties),
    denseRanks: fields.denseRanks !== '0',
    reset: fields.cron === undefined ? undefined : { cron: fields.cron, timeZone: fields.timeZone ?? 'UTC' },
    keepSeasons: asOptional(fields.keepSeasons, asNumber) ?? DEFAULT_KEEP_SEASONS,
    capacity: asOptional(fields.capacity, asNumber),
    season: String(fields.season),
    startedAtMs: asNumber(fields.startedAt),
    nextResetAtMs: asOptional(fields.nextResetAt, asNumber),
  };
}

function oneOf<T extends string>(values: readonly T[], text: string | undefined): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new Error(`a board holds ${String(text)}, not one of ${values.join(', ')}`);
  return found;
}
