import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { asNumber } from '../../redis/decode.js';
import { type FenceCheck, isStaleFence } from '../../redis/fence.js';
import { followUp } from '../../redis/follow-up.js';
import { newIncarnation } from '../../redis/incarnation.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, type IdempotentOperation, keyReused } from '../../transport/idempotency/idempotency.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import type { SeasonPage, SeasonView } from './dto/answers.dto.js';
import type { BoardPath, ListSeasonsMessage } from './dto/board.dto.js';
import { type BoardInfo, decodeBoardInfo } from './leaderboards.board-info.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { boardNotFound, seasonChanging } from './leaderboards.errors.js';
import { LeaderboardIndexes } from './leaderboards.indexes.js';
import { LeaderboardKeys } from './leaderboards.keys.js';
import { nextReset } from './leaderboards.schedule.js';
import { closeSeasonScript, dropSeasonScript } from './leaderboards.scripts.js';

const DEFAULT_LIMIT = 100;
/** Closings of one board that a single request may lose to other nodes before it gives up. */
const CLOSE_ATTEMPTS = 100;

/** Why a season ends. */
interface Closing {
  /** The instant in ms of the reset that is due; '' if somebody asked for it. */
  readonly due: string;
  readonly operation?: IdempotentOperation | undefined;
  readonly fence?: FenceCheck | undefined;
}

/** Ends seasons, each of them once however many nodes try, and keeps the archive within its size. */
@Injectable()
export class SeasonsService {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: LeaderboardKeys,
    private readonly indexes: LeaderboardIndexes,
    private readonly idempotency: Idempotency,
    private readonly cursors: Cursors,
  ) {}

  /** Ends the live season now and begins the next. @throws AppError `leaderboards.board-not-found`, `fence.stale` */
  @Operation(leaderboardEndpoints.closeSeason.name, { show: ['board'] })
  async close(caller: Caller, { board }: BoardPath): Promise<SeasonView> {
    const { tenant } = caller;
    const operation = await this.idempotency.open(caller, leaderboardEndpoints.closeSeason.name, { board });
    const fence = this.keys.fence(caller, board);
    for (let attempt = 0; attempt < CLOSE_ATTEMPTS; attempt++) {
      const info = await this.read(tenant, board);
      if (info === undefined) throw boardNotFound(board);
      const result = await this.tryClose(tenant, board, info, { due: '', operation, fence });
      if (result.outcome === 'missing') throw boardNotFound(board);
      if (result.outcome === 'reused') throw keyReused();
      if (result.outcome === 'season-due') await this.closeDue(tenant, board);
      if (result.outcome !== 'closed') continue;
      if (result.replayed) caller.replayed = true;
      await followUp('drop old seasons', () => this.dropBeyond(tenant, board, info.keepSeasons, fence));
      const { id, startedAtMs, endedAtMs, total } = result.season;
      return { id, startedAt: instant(startedAtMs), endedAt: instant(endedAtMs), total };
    }
    throw seasonChanging();
  }

  /** Closed seasons, newest first. @throws AppError `leaderboards.board-not-found` */
  @Operation(leaderboardEndpoints.listSeasons.name, { show: ['board', 'limit'] })
  async list(
    { tenant }: Caller,
    { board, limit = DEFAULT_LIMIT, cursor }: ListSeasonsMessage,
  ): Promise<SeasonPage> {
    if ((await this.current(tenant, board)) === undefined) throw boardNotFound(board);
    const scope = ['leaderboards.seasons', tenant, board];
    const before = this.cursors.decode(scope, cursor)?.[0];
    const ids = await this.gateway.execute(
      (client) =>
        client.zrevrangebyscore(
          this.keys.seasons(tenant, board),
          before === undefined ? '+inf' : `(${before}`,
          '-inf',
          'LIMIT',
          0,
          limit + 1,
        ),
      { repeatable: true },
    );
    const shown = ids.slice(0, limit);
    const views = await Promise.all(shown.map((id) => this.season(tenant, board, id)));
    const last = shown.at(-1);
    const next = ids.length > limit && last !== undefined ? this.cursors.encode(scope, [last]) : null;
    return { items: views.filter((view) => view !== undefined), next };
  }

  /** The board with its season as it should be by now; undefined if there is no board. */
  async current(tenant: string, board: string): Promise<BoardInfo | undefined> {
    const info = await this.read(tenant, board);
    if (info?.nextResetAtMs === undefined || info.nextResetAtMs > (await this.gateway.time())) return info;
    await this.closeDue(tenant, board);
    return await this.read(tenant, board);
  }

  /**
   * Ends the live season if its reset is due, as at the instant that the schedule named. Resets that were
   * missed while no node ran end one season, not several empty ones.
   */
  async closeDue(tenant: string, board: string): Promise<void> {
    const info = await this.read(tenant, board);
    if (info?.nextResetAtMs === undefined) {
      await this.indexes.forgetReset(tenant, board);
      return;
    }
    const result = await this.tryClose(tenant, board, info, { due: String(info.nextResetAtMs) });
    if (result.outcome === 'closed') await this.dropBeyond(tenant, board, info.keepSeasons);
    const after = await this.read(tenant, board);
    if (after?.nextResetAtMs !== undefined)
      await this.indexes.scheduleReset(tenant, board, after.nextResetAtMs);
  }

  /**
   * Does `attempt`; while it finds that the season should have ended, ends the season and does it again.
   * @throws AppError `leaderboards.season-changing`
   */
  async inSeason<T extends { readonly outcome: string }>(
    tenant: string,
    board: string,
    attempt: () => Promise<T>,
  ): Promise<Exclude<T, { readonly outcome: 'season-due' }>> {
    for (let count = 0; count < CLOSE_ATTEMPTS; count++) {
      const result = await attempt();
      if (isSettled(result)) return result;
      await this.closeDue(tenant, board);
    }
    throw seasonChanging();
  }

  /**
   * Forgets all archived seasons but the newest `keep`. Once the fence is stale it leaves them: how many are kept is then
   * for somebody else to say, and what `keep` goes with was done before.
   */
  async dropBeyond(tenant: string, board: string, keep: number, fence?: FenceCheck): Promise<void> {
    const seasons = this.keys.seasons(tenant, board);
    const ids = await this.gateway.execute((client) => client.zrange(seasons, 0, -keep - 1), {
      repeatable: true,
    });
    for (const season of ids) {
      const keys = { ...this.keys.season(tenant, board, season), seasons };
      try {
        await this.scripts.run(dropSeasonScript, { keys, args: { season }, fence, repeatable: true });
      } catch (error) {
        if (isStaleFence(error)) return;
        throw error;
      }
    }
  }

  /** Ids of the closed seasons, oldest first. */
  async closedIds(tenant: string, board: string): Promise<string[]> {
    return await this.gateway.execute((client) => client.zrange(this.keys.seasons(tenant, board), 0, -1), {
      repeatable: true,
    });
  }

  private async tryClose(tenant: string, board: string, info: BoardInfo, { due, operation, fence }: Closing) {
    const live = this.keys.live(tenant, board);
    const archive = this.keys.season(tenant, board, info.season);
    const now = due === '' ? 0 : Math.max(Number(due), await this.gateway.time());
    const next = due !== '' && info.reset ? nextReset(info.reset, now) : undefined;
    return await this.scripts.run(closeSeasonScript, {
      keys: {
        ...live,
        seasonInfo: archive.info,
        seasonEntries: archive.entries,
        seasonArrivals: archive.arrivals,
        seasonMetadata: archive.metadata,
        seasonScores: archive.scores,
        seasons: this.keys.seasons(tenant, board),
        operation: this.keys.operation(tenant, board, operation?.id ?? 'none'),
      },
      args: {
        season: info.season,
        due,
        nextResetAt: next ?? '',
        incarnation: newIncarnation(),
        fingerprint: operation?.fingerprint ?? '',
        ttlMs: operation?.ttlMs ?? 0,
        channel: live.changes,
      },
      fence,
      // The season that the caller saw can end only once: done twice, the second time finds another one. Without
      // an operation id its answer would then be lost, so only a reset, which needs none, may be repeated.
      repeatable: due !== '' || operation !== undefined,
    });
  }

  private async read(tenant: string, board: string): Promise<BoardInfo | undefined> {
    const { info } = this.keys.live(tenant, board);
    const fields = await this.gateway.execute((client) => client.hgetall(info), { repeatable: true });
    return decodeBoardInfo(fields);
  }

  private async season(tenant: string, board: string, id: string): Promise<SeasonView | undefined> {
    const { info } = this.keys.season(tenant, board, id);
    const fields = await this.gateway.execute((client) => client.hgetall(info), { repeatable: true });
    if (fields.order === undefined) return undefined;
    return {
      id,
      startedAt: instant(asNumber(fields.startedAt)),
      endedAt: instant(asNumber(fields.endedAt)),
      total: asNumber(fields.total),
    };
  }
}

function isSettled<T extends { readonly outcome: string }>(
  result: T,
): result is Exclude<T, { readonly outcome: 'season-due' }> {
  return result.outcome !== 'season-due';
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
