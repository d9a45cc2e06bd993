import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { SharedReads } from '../../redis/shared-reads.js';
import { log } from '../../telemetry/log.js';
import { Operation } from '../../telemetry/operation.js';
import type { StreamEntry } from './dto/answers.dto.js';
import type { StreamPath } from './dto/stream.dto.js';
import { streamEndpoints } from './streams.endpoints.js';
import { entryView } from './streams.entries.service.js';
import { streamNotFound } from './streams.errors.js';
import { StreamsKeys } from './streams.keys.js';
import { readRangeScript } from './streams.scripts.js';
import { StreamWatches } from './streams.watches.js';

const ZERO = '0-0';
const LAST_SEQUENCE = 999_999_999_999_999;
/** Entries, and bytes of their data, that are read at once. */
const STEP = { limit: 500, maxBytes: 262_144 };

/** Who follows a stream. */
export interface Follower {
  readonly isClosed: boolean;
  entry(entry: StreamEntry): void;
  /** Settles once the follower can take more. */
  ready(): Promise<void>;
  /** There is nothing more to follow. */
  gone(): void;
}

interface Tail {
  readonly tenant: string;
  readonly stream: string;
  readonly follower: Follower;
  /** The last id that was sent. */
  after: string;
  busy: boolean;
  wokenAgain: boolean;
}

type Chunk = { readonly entries: readonly StreamEntry[]; readonly more: boolean } | undefined;

/** Sends the entries of streams as they are appended; followers at the same place share what is read for them. */
@Injectable()
export class TailsService {
  private readonly reads = new SharedReads<Chunk>();

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly watches: StreamWatches,
  ) {}

  /**
   * The id after which a follower begins: `after` if it has been there, or what is before `from` (`begin`, `now` or an id).
   * @throws AppError `streams.stream-not-found`
   */
  @Operation(streamEndpoints.tail.name, { show: ['stream', 'from', 'after'] })
  async start(
    { tenant }: Caller,
    { stream, from = 'now', after }: StreamPath & { from?: string; after?: string | undefined },
  ): Promise<string> {
    const { info } = this.keys.stream(tenant, stream);
    const [incarnation, lastId] = await this.gateway.execute(
      (client) => client.hmget(info, 'incarnation', 'lastId'),
      { repeatable: true },
    );
    if (!incarnation) throw streamNotFound(stream);
    if (after !== undefined) return after;
    if (from === 'now') return lastId ?? ZERO;
    return from === 'begin' ? ZERO : before(from);
  }

  /** Sends what comes after `after`, each entry once and in order, until the returned function is called. */
  follow({ tenant }: Caller, stream: string, after: string, follower: Follower): () => void {
    const tail: Tail = { tenant, stream, follower, after, busy: false, wokenAgain: false };
    return this.watches.watch(tenant, stream, (group) => {
      if (group === '') this.wake(tail);
    });
  }

  private wake(tail: Tail): void {
    tail.wokenAgain = true;
    if (tail.busy) return;
    tail.busy = true;
    void this.send(tail);
  }

  private async send(tail: Tail): Promise<void> {
    try {
      while (tail.wokenAgain) await this.sendSome(tail);
    } catch (error) {
      // An outage is told of elsewhere, and the next look comes by itself.
      log.debug({ event: 'streams.tail.failure', err: error }, 'a tail goes on later');
    }
    // At once, not when the promise is seen to be kept: a wake-up in between would be lost until the next look.
    tail.busy = false;
  }

  private async sendSome(tail: Tail): Promise<void> {
    const { follower } = tail;
    tail.wokenAgain = false;
    await follower.ready();
    if (follower.isClosed) return;
    const chunk = await this.reads.get(`${tail.tenant}/${tail.stream}/${tail.after}`, () => this.read(tail));
    if (chunk === undefined) {
      follower.gone();
      return;
    }
    for (const entry of chunk.entries) {
      follower.entry(entry);
      tail.after = entry.id;
    }
    if (chunk.more) tail.wokenAgain = true;
  }

  private async read({ tenant, stream, after }: Tail): Promise<Chunk> {
    const found = await this.scripts.run(readRangeScript, {
      keys: this.keys.stream(tenant, stream),
      args: { from: `(${after}`, to: '+', order: 'asc', ...STEP, incarnation: '' },
      repeatable: true,
    });
    if (found.outcome !== 'range') return undefined;
    return { entries: found.entries.map(entryView), more: found.more };
  }
}

/** The last id that there can be before `id`. */
function before(id: string): string {
  const [ms = 0, sequence = 0] = id.split('-').map(Number);
  if (sequence > 0) return `${ms}-${sequence - 1}`;
  return ms > 0 ? `${ms - 1}-${LAST_SEQUENCE}` : ZERO;
}
