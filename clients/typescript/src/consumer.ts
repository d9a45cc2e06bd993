import type { Calls } from './calls.js';
import type { Effect } from './effects.js';
import { FulcrumConnectionError, FulcrumError } from './errors.js';
import type { components } from './schema.js';
import { backoff, pause } from './timing.js';

type Schemas = components['schemas'];
export type Entry = Schemas['Delivery'];

/** What it returns takes place, once, if and only if the entry is acknowledged; what it throws gives the entry back. */
export type EntryHandler = (
  entry: Entry,
  /** `signal` is aborted when the consumer is to end, and when somebody else may have the entry. */
  context: { readonly signal: AbortSignal },
) => Promise<readonly Effect[] | void> | readonly Effect[] | void;

export interface ConsumeOptions {
  /** The name of whoever asks; of all that consume at the same time each has its own. One is made if it is left out. */
  readonly consumer?: string;
  /** Ends the loop: the entry that is worked on is finished, those that were not begun are given back. */
  readonly signal?: AbortSignal;
  /** How many entries are received at once; 10 if left out. */
  readonly limit?: number;
  /** How long one request waits for entries, in ms; 20,000 if left out. */
  readonly waitMs?: number;
  /** How long nobody gets an entry that failed, in ms, doubled with each delivery; 1,000 if left out. */
  readonly retryDelayMs?: number;
  /** Is told what the loop lives through: a handler that threw, a service that is away, an entry that somebody else has. */
  readonly onProblem?: (problem: unknown, entry?: Entry) => void;
}

const MAX_RETRY_DELAY_MS = 3_600_000;
const PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;
const MAX_REASON_BYTES = 256;

/** An entry that this consumer has, until it is done, given back or lost. */
interface Holding {
  readonly entry: Entry;
  readonly lost: AbortController;
}

/** Receives entries of a group and works on them one after the other. */
export class Consumer {
  private readonly consumer: string;
  private readonly held = new Map<string, Holding>();

  constructor(
    private readonly calls: Calls,
    private readonly path: { readonly stream: string; readonly group: string },
    private readonly options: ConsumeOptions,
    private readonly handler: EntryHandler,
  ) {
    this.consumer = options.consumer ?? `client.${crypto.randomUUID()}`;
  }

  private get isOver(): boolean {
    return this.options.signal?.aborted ?? false;
  }

  /** Settles when the signal was aborted and nothing is held any more. @throws FulcrumError for what time does not mend */
  async run(): Promise<void> {
    let failures = 0;
    let visibilityMs: number | undefined;
    while (!this.isOver) {
      try {
        visibilityMs ??= await this.visibility();
        const entries = await this.receive();
        failures = 0;
        await this.workOn(entries, visibilityMs);
      } catch (error) {
        if (this.isOver) return;
        if (!isPassing(error)) throw error;
        this.options.onProblem?.(error);
        failures += 1;
        await pause(backoff(failures, PAUSE_MS, MAX_PAUSE_MS), this.options.signal).catch(() => undefined);
      }
    }
  }

  private async visibility(): Promise<number> {
    const { data } = await this.calls.GET('/v1/streams/{stream}/groups/{group}', {
      params: { path: this.path },
      signal: this.options.signal,
    });
    return data.visibilityTimeoutMs;
  }

  private async receive(): Promise<readonly Entry[]> {
    const { limit = 10, waitMs = 20_000, signal } = this.options;
    const { data } = await this.calls.POST('/v1/streams/{stream}/groups/{group}/receive', {
      params: { path: this.path },
      body: { consumer: this.consumer, limit, waitMs },
      signal,
    });
    return data.entries;
  }

  private async workOn(entries: readonly Entry[], visibilityMs: number): Promise<void> {
    const holdings = entries.map((entry) => ({ entry, lost: new AbortController() }));
    for (const holding of holdings) this.held.set(holding.entry.id, holding);
    const extending = setInterval(() => void this.extend(), visibilityMs / 3);
    try {
      for (const holding of holdings) {
        if (this.isOver) break;
        if (!holding.lost.signal.aborted) await this.work(holding);
        this.held.delete(holding.entry.id);
      }
    } finally {
      clearInterval(extending);
      const left = [...this.held.values()].filter(({ lost }) => !lost.signal.aborted);
      this.held.clear();
      await this.giveBack(left, { reason: 'the consumer ends' });
    }
  }

  private async work({ entry, lost }: Holding): Promise<void> {
    const stop = () => lost.abort(this.options.signal?.reason);
    this.options.signal?.addEventListener('abort', stop, { once: true });
    const context = { signal: lost.signal };
    let effects: readonly Effect[];
    try {
      effects = (await this.handler(entry, context)) ?? [];
    } catch (error) {
      this.options.onProblem?.(error, entry);
      await this.giveBack([{ entry }], { reason: reasonOf(error), delayMs: this.delayOf(entry) });
      return;
    } finally {
      this.options.signal?.removeEventListener('abort', stop);
    }
    await this.finish(entry, effects);
  }

  /** What is not answered is left to the visibility timeout: if it did happen, the entry does not come again. */
  private async finish(entry: Entry, effects: readonly Effect[]): Promise<void> {
    const { id, deliveries } = entry;
    const { consumer } = this;
    const params = { path: this.path };
    try {
      const { data } =
        effects.length === 0
          ? await this.calls.POST('/v1/streams/{stream}/groups/{group}/ack', {
              params,
              body: { consumer, ids: [id] },
            })
          : await this.calls.POST('/v1/streams/{stream}/groups/{group}/commit', {
              params,
              body: { consumer, items: [{ id, deliveries, effects: [...effects] }] },
            });
      for (const { reason } of data.refused) this.options.onProblem?.(new LostEntryError(reason), entry);
    } catch (error) {
      this.options.onProblem?.(error, entry);
      // An effect that the service refuses would be refused at once again.
      if (!isPassing(error)) {
        await this.giveBack([{ entry }], { reason: reasonOf(error), delayMs: this.delayOf(entry) });
      }
    }
  }

  private async giveBack(
    holdings: readonly Pick<Holding, 'entry'>[],
    how: { readonly reason: string; readonly delayMs?: number },
  ): Promise<void> {
    if (holdings.length === 0) return;
    try {
      await this.calls.POST('/v1/streams/{stream}/groups/{group}/nack', {
        params: { path: this.path },
        body: { consumer: this.consumer, ids: holdings.map(({ entry }) => entry.id), ...how },
      });
    } catch (error) {
      for (const { entry } of holdings) this.options.onProblem?.(error, entry);
    }
  }

  private async extend(): Promise<void> {
    const ids = [...this.held.keys()];
    if (ids.length === 0) return;
    try {
      const { data } = await this.calls.POST('/v1/streams/{stream}/groups/{group}/extend', {
        params: { path: this.path },
        body: { consumer: this.consumer, ids },
        // The next one comes by itself.
        retry: { attempts: 1 },
      });
      for (const { id, reason } of data.refused) this.held.get(id)?.lost.abort(new LostEntryError(reason));
    } catch (error) {
      this.options.onProblem?.(error);
    }
  }

  private delayOf({ deliveries }: Entry): number {
    // Of a consumer that ends nobody has to wait for the entry.
    if (this.isOver) return 0;
    const { retryDelayMs = 1000 } = this.options;
    return Math.min(MAX_RETRY_DELAY_MS, retryDelayMs * 2 ** Math.min(deliveries - 1, 30));
  }
}

/** The entry is not this consumer's any more; its effects did not take place by this delivery. */
export class LostEntryError extends Error {
  override readonly name = 'LostEntryError';

  constructor(
    /** `not-pending`, `not-owner` or `expired`. */
    readonly reason: string,
  ) {
    super(`the entry is not this consumer's any more: ${reason}`);
  }
}

/** Whether the same may be answered later. */
function isPassing(error: unknown): boolean {
  if (error instanceof FulcrumConnectionError) return true;
  return error instanceof FulcrumError && (error.status >= 500 || error.status === 429);
}

/** What the service takes as a reason: up to 256 bytes without control characters. */
function reasonOf(error: unknown): string {
  const text = String(error).replaceAll(/\p{Cc}+/gu, ' ');
  const bytes = new TextEncoder().encode(text).subarray(0, MAX_REASON_BYTES);
  // A character that was cut in two becomes one that has three bytes.
  return new TextDecoder().decode(bytes).replace(/\ufffd$/, '') || 'no reason';
}
