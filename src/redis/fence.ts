import { readFileSync } from 'node:fs';
import { AppError } from '../errors/app-error.js';
import { fenceErrors } from '../errors/core.errors.js';
import type { Reply } from './decode.js';

/** What a script needs so that it refuses a write whose fencing token is stale. */
export interface FenceCheck {
  /** The string with the highest token of the resource that the target has seen, in the target's slot. */
  readonly key: string;
  /** The lock that the token was granted with. */
  readonly resource: string;
  /** A whole number up to 2^53-1. */
  readonly token: number;
}

/** Stands alone on a line of a script where the check belongs. */
const MARKER = /^-- fence$/gm;
const REFUSAL = 'fenced';
const prelude = readFileSync(new URL('./scripts/shared/fence.lua', import.meta.url), 'utf8');

/**
 * The variant of a script that checks a fence; undefined if the source has no place for it.
 * @throws Error if it has several
 */
export function fencedSource(source: string): string | undefined {
  const count = source.match(MARKER)?.length ?? 0;
  if (count === 0) return undefined;
  if (count > 1) throw new Error(`${count} lines are "-- fence", and only the first of them would count`);
  return prelude + source.replace(MARKER, `if fence_is_stale() then return { '${REFUSAL}' } end`);
}

/** @throws AppError `fence.stale` if that is what a fenced script replied */
export function refuseStale(reply: Reply, { resource, token }: FenceCheck): void {
  if (!Array.isArray(reply) || reply.length !== 1 || reply[0] !== REFUSAL) return;
  throw new AppError(
    fenceErrors.stale,
    `The target has seen a newer token of ${resource} than ${token}: the lock has been granted to somebody else since.`,
    { extensions: { resource } },
  );
}

export function isStaleFence(error: unknown): error is AppError {
  return error instanceof AppError && error.definition === fenceErrors.stale;
}
