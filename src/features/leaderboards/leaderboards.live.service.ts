import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { isUnreadable } from '../../encryption/encryption.errors.js';
import { AppError } from '../../errors/app-error.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { Subscriptions } from '../../redis/subscriptions.js';
import { log } from '../../telemetry/log.js';
import { Operation } from '../../telemetry/operation.js';
import type { EntryWindow } from './dto/answers.dto.js';
import type { BoardPath } from './dto/board.dto.js';
import type { LiveQuery } from './dto/entry.dto.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { LeaderboardKeys } from './leaderboards.keys.js';
import { RankingsService } from './leaderboards.rankings.service.js';

/** Between two looks at a board that changes: at most 10 events a second. */
const COALESCE_MS = 100;
/** A look at least this often, for changes whose announcement was lost with a connection. */
const SAFETY_MS = 2000;
const WATCH_TTL_MS = 10_000;

/** Receives the first entries of a board, first as they stand and then at each change. */
export interface TopListener {
  readonly top: number;
  readonly onTop: (entries: EntryWindow, kind: 'snapshot' | 'change') => void;
}

interface Watched {
  readonly tenant: string;
  readonly board: string;
  /** What each listener was shown last, as JSON. */
  readonly listeners: Map<TopListener, string>;
  readonly subscribed: Promise<() => void>;
  readonly safety: NodeJS.Timeout;
  refresh: NodeJS.Timeout | undefined;
}

/** Watches the first entries of boards; one subscription and one look a change for all listeners of a node. */
@Injectable()
export class LiveTopsService {
  private readonly watched = new Map<string, Watched>();

  constructor(
    private readonly gateway: RedisGateway,
    private readonly subscriptions: Subscriptions,
    private readonly rankings: RankingsService,
    private readonly keys: LeaderboardKeys,
  ) {}

  /** @throws AppError `leaderboards.board-not-found` if there is nothing to watch, or else as `RankingsService.top` */
  @Operation(leaderboardEndpoints.live.name, { show: ['board', 'top'] })
  async check({ tenant }: Caller, { board, top = 1 }: BoardPath & LiveQuery): Promise<void> {
    await this.rankings.top(tenant, board, top);
  }

  /** Calls `listener` with a snapshot and then with each change until the returned function is called. */
  watch({ tenant }: Caller, board: string, listener: TopListener): () => void {
    const id = `${tenant}/${board}`;
    const watched = this.watched.get(id) ?? this.begin(id, tenant, board);
    watched.listeners.set(listener, '');
    this.join(watched, listener).catch((error: unknown) => this.report(error));
    return () => {
      if (watched.listeners.delete(listener) && watched.listeners.size === 0) this.end(id, watched);
    };
  }

  private begin(id: string, tenant: string, board: string): Watched {
    const watched: Watched = {
      tenant,
      board,
      listeners: new Map(),
      subscribed: this.subscriptions.listen(this.keys.live(tenant, board).changes, () =>
        this.lookSoon(watched),
      ),
      safety: setInterval(() => {
        this.announceWatch(watched).catch((error: unknown) => this.report(error));
        this.lookSoon(watched);
      }, SAFETY_MS),
      refresh: undefined,
    };
    this.watched.set(id, watched);
    return watched;
  }

  /** In this order no change is missed: what happens after the look is announced to this node. */
  private async join(watched: Watched, listener: TopListener): Promise<void> {
    await watched.subscribed;
    await this.announceWatch(watched);
    await this.look(watched, [listener]);
  }

  private end(id: string, watched: Watched): void {
    this.watched.delete(id);
    clearInterval(watched.safety);
    clearTimeout(watched.refresh);
    watched.subscribed.then((leave) => leave()).catch((error: unknown) => this.report(error));
  }

  /** Tells the submitting scripts how far down a change is worth an announcement. */
  private async announceWatch({ tenant, board, listeners }: Watched): Promise<void> {
    const key = this.keys.live(tenant, board).watch;
    await this.gateway.execute(
      async (client) => {
        const standing = Number((await client.get(key)) ?? 0);
        await client.set(key, Math.max(deepest(listeners), standing), 'PX', WATCH_TTL_MS);
      },
      { repeatable: true },
    );
  }

  private lookSoon(watched: Watched): void {
    watched.refresh ??= setTimeout(() => {
      watched.refresh = undefined;
      this.look(watched).catch((error: unknown) => this.report(error));
    }, COALESCE_MS);
  }

  private async look(
    { tenant, board, listeners }: Watched,
    shownTo: Iterable<TopListener> = listeners.keys(),
  ): Promise<void> {
    const { items, total } = await this.topOrNothing(tenant, board, deepest(listeners));
    for (const listener of shownTo) {
      const shown = listeners.get(listener);
      if (shown === undefined) continue;
      const entries = { items: items.slice(0, listener.top), total };
      const fresh = JSON.stringify(entries.items);
      if (fresh === shown) continue;
      listeners.set(listener, fresh);
      listener.onTop(entries, shown === '' ? 'snapshot' : 'change');
    }
  }

  /** A board that was deleted is an empty one until it is made again. */
  private async topOrNothing(tenant: string, board: string, count: number): Promise<EntryWindow> {
    try {
      return await this.rankings.top(tenant, board, count);
    } catch (error) {
      if (error instanceof AppError && error.kind === 'not-found') return { items: [], total: 0 };
      throw error;
    }
  }

  private report(error: unknown): void {
    // An outage is told of elsewhere; of a value that cannot be read, nobody else may ever learn.
    log[isUnreadable(error) ? 'warn' : 'debug'](
      { event: 'leaderboards.live.failure', err: error },
      'the next look at a watched board comes later',
    );
  }
}

function deepest(listeners: ReadonlyMap<TopListener, string>): number {
  return Math.max(1, ...[...listeners.keys()].map(({ top }) => top));
}
