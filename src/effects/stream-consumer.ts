import { SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

/** An entry as its consumer gets it. */
export interface ConsumedEntry {
  readonly id: string;
  readonly data: unknown;
  readonly key?: string;
  /** Which delivery of the entry this is, from 1. */
  readonly deliveries: number;
}

/** Which entries a consumer gets, and how. */
export interface ConsumerOptions {
  readonly stream: string;
  readonly group: string;
  /** `default` if left out. */
  readonly tenant?: string;
  /** Entries that are worked on at the same time, 1 to 1000; 10 if left out. */
  readonly concurrency?: number;
  /** Where the group begins if it is made now: `begin`, if left out, `now`, or the id of an entry. */
  readonly startAt?: string;
  /** How often an entry is delivered before it becomes a dead letter; 5 if left out. */
  readonly maxDeliveries?: number;
  /** How long a consumer that is gone keeps an entry from others, in ms; 30,000 if left out. One that works on takes more by itself. */
  readonly visibilityTimeoutMs?: number;
  /** How long a failed entry waits for its second delivery, in ms; doubled for each further one. 1,000 if left out. */
  readonly retryDelayMs?: number;
}

/**
 * What is done with an entry. What it returns takes place, once each, if and only if the entry is acknowledged; if it throws,
 * the entry is given back, and after its last delivery becomes a dead letter with the error as its reason.
 */
export type EntryHandler = (
  entry: ConsumedEntry,
  signal: AbortSignal,
) => Promise<readonly object[] | undefined>;

/** Thrown for an entry of which nothing can be made: it is given back at once, whatever the delay, until it is a dead letter. */
export class GiveUpError extends Error {
  override readonly name = 'GiveUpError';
}

/** Consumes groups of streams for other features, which know no more of streams than this. */
export abstract class ConsumerHost {
  /**
   * Calls `handle` with the entries of a group until the service stops, which waits for what had begun. The group, and its
   * stream, are made if they are not there.
   */
  abstract consume(options: ConsumerOptions, handle: EntryHandler): void;
}

const CONSUMER = Symbol('stream consumer');
const reflector = new Reflector();

/**
 * Makes a provider's method an `EntryHandler` of a consumer group, in every process whose ROLE is `worker` or `all`.
 * Return effects such as `{kind: 'leaderboards.submit', board, member, score}`.
 */
export const StreamConsumer = (options: ConsumerOptions) => SetMetadata(CONSUMER, options);

/** What `StreamConsumer` said of a method; undefined if it says nothing. */
export function consumerOptionsOf(method: (...args: never[]) => unknown): ConsumerOptions | undefined {
  return reflector.get<ConsumerOptions | undefined>(CONSUMER, method);
}
