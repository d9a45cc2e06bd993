import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { type ConsumedEntry, ConsumerHost, GiveUpError } from '../../effects/stream-consumer.js';
import { AppError } from '../../errors/app-error.js';
import { reasonOf } from '../../errors/reason-of.js';
import { RecurringWork } from '../../redis/recurring-work.js';
import { PayloadRecords } from './pipeline.records.js';
import { PipelineService, QUEUE } from './pipeline.service.js';

/** Between two looks for tenants that queue their first payload. */
const LOOK_MS = 1000;
/** Tries before a payload is given up: it is poison, or kills who processes it. */
const MAX_TRIES = 5;
/** Before the second try; doubled for each further one. */
const RETRY_DELAY_MS = 200;
/** Between two looks at a payload that somebody else processes, or that waits for the processor to be active. */
const POLL_MS = 500;

/** Processes queued payloads, in every process whose ROLE is `worker` or `all`. */
@Injectable()
export class PipelineWorkers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly consuming = new Set<string>();
  private readonly looks = new RecurringWork('pipeline.workers.late', LOOK_MS, () => this.look());

  constructor(
    private readonly pipeline: PipelineService,
    private readonly records: PayloadRecords,
    private readonly host: ConsumerHost,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.ROLE !== 'api') this.looks.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.looks.stop();
  }

  private async look(): Promise<void> {
    for (const tenant of await this.records.tenants()) this.consume(tenant);
  }

  private consume(tenant: string): void {
    if (this.consuming.has(tenant)) return;
    this.consuming.add(tenant);
    // One delivery more than tries: at the last one nothing is tried.
    const options = { ...QUEUE, tenant, maxDeliveries: MAX_TRIES + 1, retryDelayMs: RETRY_DELAY_MS };
    this.host.consume(options, async (entry, signal) => {
      await this.work(tenant, entry, signal);
      return undefined;
    });
  }

  private async work(tenant: string, entry: ConsumedEntry, signal: AbortSignal): Promise<void> {
    const id: unknown =
      typeof entry.data === 'object' && entry.data !== null ? Reflect.get(entry.data, 'id') : undefined;
    if (typeof id !== 'string') throw new GiveUpError('it is no payload');
    if (entry.deliveries > MAX_TRIES) {
      await this.giveUp(tenant, id, `it was not finished in ${MAX_TRIES} tries`);
      return;
    }
    try {
      while (!(await this.tryOnce(tenant, entry.data))) await pause(POLL_MS, undefined, { signal });
    } catch (error) {
      if (entry.deliveries >= MAX_TRIES && !signal.aborted) await this.giveUp(tenant, id, reasonOf(error));
      throw error;
    }
  }

  /** Whether the payload is processed: not while somebody else has it, the processor is inactive, or what it needs is away. */
  private async tryOnce(tenant: string, payload: unknown): Promise<boolean> {
    try {
      return (await this.pipeline.processQueued(tenant, payload)) !== undefined;
    } catch (error) {
      if (error instanceof AppError && error.kind === 'unavailable') return false;
      throw error;
    }
  }

  /** @throws GiveUpError with why it was given up first, unless the payload was processed */
  private async giveUp(tenant: string, id: string, reason: string): Promise<void> {
    const failed = await this.records.fail(tenant, id, reason);
    if (failed !== undefined) throw new GiveUpError(failed);
  }
}
