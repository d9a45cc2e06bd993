/** A token bucket: `capacity` tokens at the most, `refillTokens` more every `refillIntervalMs`, continuously. */
export interface BucketLimit {
  readonly capacity: number;
  readonly refillTokens: number;
  readonly refillIntervalMs: number;
}

/** A bucket after a charge, or after one that was refused and charged nothing. */
export interface BucketState {
  readonly allowed: boolean;
  readonly limit: number;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** Until the same charge would be allowed; 0 if it was, null if it exceeds the capacity. */
  readonly retryAfterMs: number | null;
  /** Until the bucket is full again. */
  readonly resetMs: number;
}

/**
 * A limit in whole numbers, so that no rounding ever admits or refuses a token too many: a token is
 * `partsPerToken` parts, of which `refill` come back every microsecond.
 */
export interface BucketParts {
  readonly partsPerToken: number;
  readonly capacity: number;
  readonly refill: number;
}

export function partsOf({ capacity, refillTokens, refillIntervalMs }: BucketLimit): BucketParts {
  const intervalMicros = refillIntervalMs * 1000;
  const divisor = greatestCommonDivisor(refillTokens, intervalMicros);
  const partsPerToken = intervalMicros / divisor;
  return { partsPerToken, capacity: capacity * partsPerToken, refill: refillTokens / divisor };
}

/** The time in which an empty bucket fills up, in ms. */
export function fillMs({ capacity, refillTokens, refillIntervalMs }: BucketLimit): number {
  return Math.ceil((capacity * refillIntervalMs) / refillTokens);
}

/** Whether the bucket can be counted in whole numbers that a double holds exactly. */
export function isCountable(limit: BucketLimit): boolean {
  return Number.isSafeInteger(partsOf(limit).capacity);
}

/** What a bucket's level in parts, and its waits in microseconds, mean to a client. */
export function stateOf(
  limit: BucketLimit,
  level: number,
  waitMicros: number,
  fullMicros: number,
): BucketState {
  return {
    allowed: waitMicros === 0,
    limit: limit.capacity,
    remaining: Math.floor(level / partsOf(limit).partsPerToken),
    retryAfterMs: waitMicros < 0 ? null : Math.ceil(waitMicros / 1000),
    resetMs: Math.ceil(fullMicros / 1000),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
