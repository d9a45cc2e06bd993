import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Caller } from '../../access/caller.js';
import {
  type ConsumedEntry,
  type ConsumerOptions,
  type EntryHandler,
  GiveUpError,
} from '../../effects/stream-consumer.js';
import { AppError } from '../../errors/app-error.js';
import { reasonOf } from '../../errors/reason-of.js';
import { describeError, log } from '../../telemetry/log.js';
import type { CommitsService } from './streams.commits.service.js';
import type { DeliveriesService } from './streams.deliveries.service.js';
import type { GroupsService } from './streams.groups.service.js';

const DEFAULT_CONCURRENCY = 10;
const DEFAULT_RETRY_DELAY_MS = 1000;
const MAX_RETRY_DELAY_MS = 3_600_000;
/** Longest wait for entries: while some are being worked on, room for more is soon there. */
const WAIT_MS = 20_000;
const BUSY_WAIT_MS = 1000;
/** After a failure that is not an entry's: Redis is away, or the group is gone. */
const PAUSE_MS = 1000;
/** Items that one commit takes. */
const COMMIT_ITEMS = 100;

/** The services by which a loop does what any client can. */
export interface ConsumerServices {
  readonly groups: GroupsService;
  readonly deliveries: DeliveriesService;
  readonly commits: CommitsService;
}

interface Finished {
  readonly entry: ConsumedEntry;
  readonly effects: readonly object[];
  /** To be called when the entry is committed, given back, or left. */
  readonly settled: () => void;
}

/** Works on the entries of one group, several at a time, and commits what is done together. */
export class ConsumerLoop {
  private readonly caller: Caller;
  private readonly consumer = `${hostname()
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 60)}.${process.pid}.${randomBytes(6).toString('hex')}`;
  private readonly concurrency: number;
  private readonly working = new Map<string, Promise<void>>();
  private readonly finished: Finished[] = [];
  private readonly stopping = new AbortController();
  private readonly path: { readonly stream: string; readonly group: string };
  private committing: Promise<void> | undefined;
  private extending: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly services: ConsumerServices,
    private readonly options: ConsumerOptions,
    private readonly handle: EntryHandler,
  ) {
    this.caller = Caller.inProcess(options.tenant);
    this.concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.path = { stream: options.stream, group: options.group };
  }

  start(): void {
    this.running = this.run();
  }

  /** Takes nothing more, and settles once what had begun is done or given back. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    let isReady = false;
    while (!this.isStopping) {
      try {
        if (!isReady) await this.prepare();
        isReady = true;
        await this.takeSome();
      } catch (error) {
        // A group that somebody removed is made anew.
        isReady = false;
        this.report('takes nothing for a while', error);
        await this.rest();
      }
    }
    await Promise.all(this.working.values());
    await this.committing;
    clearInterval(this.extending);
  }

  private async prepare(): Promise<void> {
    const { startAt, maxDeliveries, visibilityTimeoutMs } = this.options;
    const { view } = await this.services.groups.configure(this.caller, {
      ...this.path,
      ...(startAt === undefined ? {} : { startAt }),
      ...(maxDeliveries === undefined ? {} : { maxDeliveries }),
      ...(visibilityTimeoutMs === undefined ? {} : { visibilityTimeoutMs }),
    });
    clearInterval(this.extending);
    this.extending = setInterval(() => this.extend(), view.visibilityTimeoutMs / 3);
  }

  private async takeSome(): Promise<void> {
    const limit = this.concurrency - this.working.size;
    if (limit <= 0) {
      await Promise.race(this.working.values());
      return;
    }
    const waitMs = this.working.size === 0 ? WAIT_MS : BUSY_WAIT_MS;
    const asked = { ...this.path, consumer: this.consumer, limit, waitMs };
    const { entries } = await this.services.deliveries.receive(this.caller, asked, this.stopping.signal);
    for (const entry of entries) {
      const work = this.work(entry).finally(() => this.working.delete(entry.id));
      this.working.set(entry.id, work);
    }
  }

  /** Ends when the entry is committed or given back, or when it has to be left to the visibility timeout. */
  private async work(entry: ConsumedEntry): Promise<void> {
    let effects: readonly object[];
    try {
      effects = (await this.handle(entry, this.stopping.signal)) ?? [];
    } catch (error) {
      await this.giveBack(entry, error);
      return;
    }
    await new Promise<void>((settled) => {
      this.finished.push({ entry, effects, settled });
      // What is finished while a commit is under way goes with the next one.
      this.committing ??= this.commitAll();
    });
  }

  private async commitAll(): Promise<void> {
    while (this.finished.length > 0) {
      const items = this.finished.splice(0, COMMIT_ITEMS);
      await this.commit(items);
      for (const { settled } of items) settled();
    }
    // At once, not when the promise is seen to be kept: what is finished in between would wait for the next entry.
    this.committing = undefined;
  }

  private async commit(items: readonly Finished[]): Promise<void> {
    try {
      await this.services.commits.commit(this.caller, {
        ...this.path,
        consumer: this.consumer,
        items: items.map(({ entry: { id, deliveries }, effects }) => ({ id, deliveries, effects })),
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'unavailable') {
        this.report('leaves entries to the visibility timeout', error);
      } else if (items.length > 1) {
        // One of them is bad; it must not keep the others from being done.
        for (const item of items) await this.commit([item]);
      } else {
        for (const { entry } of items) await this.giveBack(entry, error);
      }
    }
  }

  private async giveBack(entry: ConsumedEntry, cause: unknown): Promise<void> {
    const { retryDelayMs = DEFAULT_RETRY_DELAY_MS } = this.options;
    const delayMs = Math.min(retryDelayMs * 2 ** Math.min(entry.deliveries - 1, 30), MAX_RETRY_DELAY_MS);
    log.warn(
      { event: 'streams.consumer.failure', ...this.path, id: entry.id, err: describeError(cause) },
      'an entry is given back',
    );
    try {
      await this.services.deliveries.giveBack(this.caller, {
        ...this.path,
        consumer: this.consumer,
        ids: [entry.id],
        // Of a process that stops nobody has to wait for the entry.
        delayMs: this.isStopping || cause instanceof GiveUpError ? 0 : delayMs,
        reason: reasonOf(cause),
      });
    } catch (error) {
      this.report('leaves an entry to the visibility timeout', error);
    }
  }

  private extend(): void {
    const ids = [...this.working.keys()];
    if (ids.length === 0) return;
    this.services.deliveries
      .extend(this.caller, { ...this.path, consumer: this.consumer, ids })
      .catch((error: unknown) => this.report('could not extend its entries', error));
  }

  private async rest(): Promise<void> {
    await pause(PAUSE_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private report(what: string, error: unknown): void {
    if (this.isStopping) return;
    log.warn(
      { event: 'streams.consumer.late', ...this.path, err: describeError(error) },
      `a consumer ${what}`,
    );
  }
}
