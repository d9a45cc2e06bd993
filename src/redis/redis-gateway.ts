import { setTimeout as pause } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { CommandBatches } from './command-batches.js';
import { Deadlines } from './deadlines.js';
import type { RedisClient } from './redis-client.js';
import { COMMANDS_CLIENT } from './redis-clients.js';
import {
  NoReplyError,
  NotConnectedError,
  readFailure,
  type RedisFailure,
  unavailable,
} from './redis-failure.js';
import { unreachable } from './start-failure.js';

const RETRY_PAUSE_MS = 25;

/** What the gateway has to know of a piece of work. */
export interface Repeatability {
  /** Whether doing it twice has the same effect as doing it once. */
  readonly repeatable: boolean;
  /**
   * Whether the gateway may do it a second time by itself; as `repeatable` if left out. False for changes that
   * carry no operation id: the second execution would answer with what the first one left, and could undo what
   * somebody else changed in between. Their client is told that it may repeat them.
   */
  readonly resend?: boolean;
  /** Longest time that it may take, if that is less than `REDIS_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
}

/**
 * The way to Redis for everything that answers a request: bounded in time, and never sent a second time
 * unless the work may be resent or certainly had no effect.
 */
@Injectable()
export class RedisGateway {
  private readonly timeoutMs: number;
  private readonly batches: CommandBatches;
  private readonly deadlines = new Deadlines();
  private nextReady: Promise<void> | undefined;

  constructor(
    @Inject(COMMANDS_CLIENT) private readonly client: RedisClient,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.timeoutMs = settings.REDIS_TIMEOUT_MS;
    this.batches = new CommandBatches(() => streamsOf(client));
  }

  /**
   * Waits until Redis answers, for a start that may come before Redis'.
   * @throws StartError that names its address and what is wrong, after `waitMs`
   */
  async untilReachable(waitMs: number): Promise<void> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      try {
        await this.execute((client) => client.ping(), { repeatable: true });
        return;
      } catch (error) {
        if (performance.now() < deadline) continue;
        throw await unreachable(this.settings, waitMs, error);
      }
    }
  }

  /** Milliseconds since 1970 by Redis' clock. */
  async time(): Promise<number> {
    return millisecondsOf(await this.execute((client) => client.time(), { repeatable: true }));
  }

  /** An instant that is over by the clock of every master, in ms since 1970: what is written from now on is later. */
  async earliestTime(): Promise<number> {
    const times = await this.execute(
      (client) => Promise.all(mastersOf(client).map((master) => master.time())),
      { repeatable: true },
    );
    return Math.min(...times.map(millisecondsOf)) - 1;
  }

  /**
   * Runs `work` on the commands connection, within `REDIS_TIMEOUT_MS` in all.
   * @throws AppError `redis.unavailable` (no effect), `redis.outcome-unknown` or `redis.refused`
   */
  async execute<T>(
    work: (client: RedisClient) => Promise<T>,
    { repeatable, resend = repeatable, timeoutMs = this.timeoutMs }: Repeatability,
  ): Promise<T> {
    const wholeMs = Math.min(timeoutMs, this.timeoutMs);
    const deadline = performance.now() + wholeMs;
    // A try without enough time for its reply would turn a refusal into an unknown outcome.
    const lastStart = deadline - wholeMs / 4;
    let effect: RedisFailure['effect'] = 'none';
    for (;;) {
      try {
        if (this.client.status !== 'ready') await this.becomesReady(lastStart);
        this.batches.add(this.deadlines.isIdle);
        return await this.deadlines.before(deadline, work(this.client), noReply);
      } catch (error) {
        const failure = readFailure(error);
        if (failure === undefined) throw error;
        if (failure.effect === 'unknown') effect = 'unknown';
        const mayRepeat = failure.passing && (resend || effect === 'none');
        if (!mayRepeat || performance.now() + RETRY_PAUSE_MS >= lastStart) {
          throw unavailable({ ...failure, effect }, repeatable, error);
        }
        await pause(RETRY_PAUSE_MS);
      }
    }
  }

  private async becomesReady(deadline: number): Promise<void> {
    // One listener however many requests wait for the connection.
    this.nextReady ??= new Promise<void>((resolve) => this.client.once('ready', resolve)).finally(() => {
      this.nextReady = undefined;
    });
    await this.deadlines.before(
      deadline,
      this.nextReady,
      () => new NotConnectedError('no connection became ready in time'),
    );
  }
}

const noReply = () => new NoReplyError('Redis did not reply in time');

function mastersOf(client: RedisClient): readonly Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}

/** A node of a cluster has no socket before it is first used. */
function streamsOf(client: RedisClient): readonly Writable[] {
  return mastersOf(client).flatMap(({ stream }: { stream?: Writable }) => stream ?? []);
}

function millisecondsOf([seconds, micros]: readonly (number | string)[]): number {
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
