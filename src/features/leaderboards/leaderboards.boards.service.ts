import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { newIncarnation } from '../../redis/incarnation.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import type { BoardPage, BoardView } from './dto/answers.dto.js';
import { DEFAULT_LIMIT, type ListQuery } from '../../transport/pagination/list-query.dto.js';
import { namesPage } from '../../transport/pagination/names-page.js';
import type { BoardPath, ConfigureBoardMessage } from './dto/board.dto.js';
import { type BoardInfo, decodeBoardInfo } from './leaderboards.board-info.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { boardNotFound, immutable, seasonChanging } from './leaderboards.errors.js';
import { LeaderboardIndexes } from './leaderboards.indexes.js';
import { LeaderboardKeys } from './leaderboards.keys.js';
import { nextReset } from './leaderboards.schedule.js';
import { buildDenseScript, configureScript, deleteBoardScript, trimScript } from './leaderboards.scripts.js';
import { SeasonsService } from './leaderboards.seasons.service.js';

/** Entries that one step of a long change touches, so that no other client waits long for Redis. */
const STEP = 1000;
const DELETE_ATTEMPTS = 5;

/** Makes, changes, shows and removes leaderboards. */
@Injectable()
export class BoardsService {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: LeaderboardKeys,
    private readonly indexes: LeaderboardIndexes,
    private readonly seasons: SeasonsService,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Makes the board or changes the settings that `input` names; the others stay.
   * @throws AppError `leaderboards.immutable`, `fence.stale`
   */
  @Operation(leaderboardEndpoints.configure.name, {
    show: ['board', 'order', 'operator', 'ties', 'capacity'],
  })
  async configure(
    caller: Caller,
    input: ConfigureBoardMessage,
  ): Promise<{ created: boolean; view: BoardView }> {
    for (;;) {
      const created = await this.applySettings(caller, input);
      const view = await this.find(caller.tenant, input.board);
      if (view !== undefined) return { created, view };
      // Someone else has deleted the board in between. That counts as before this, so that a PUT always leaves a board.
    }
  }

  /** The boards of the caller's tenant that the caller may read, by name. */
  @Operation(leaderboardEndpoints.list.name, { show: ['limit'] })
  async list(caller: Caller, { limit = DEFAULT_LIMIT, cursor }: ListQuery): Promise<BoardPage> {
    const { tenant } = caller;
    const scope = ['leaderboards', tenant];
    const { items, next } = await namesPage(this.cursors.decode(scope, cursor)?.[0], limit, {
      names: (after, count) => this.indexes.boards(tenant, after, count),
      isVisible: (name) => caller.may(leaderboardEndpoints.list.permission, name),
      find: (name) => this.find(tenant, name),
    });
    return { items, next: next === undefined ? null : this.cursors.encode(scope, [next]) };
  }

  /** @throws AppError `leaderboards.board-not-found` */
  @Operation(leaderboardEndpoints.get.name, { show: ['board'] })
  async get({ tenant }: Caller, { board }: BoardPath): Promise<BoardView> {
    return await this.view(tenant, board);
  }

  /** Removes the board with all its seasons. @throws AppError `leaderboards.board-not-found`, `fence.stale` */
  @Operation(leaderboardEndpoints.delete.name, { show: ['board'] })
  async delete(caller: Caller, { board }: BoardPath): Promise<void> {
    const { tenant } = caller;
    const fence = this.keys.fence(caller, board);
    for (let attempt = 0; attempt < DELETE_ATTEMPTS; attempt++) {
      await this.seasons.dropBeyond(tenant, board, 0, fence);
      const live = this.keys.live(tenant, board);
      const { outcome } = await this.scripts.run(deleteBoardScript, {
        keys: { ...live, seasons: this.keys.seasons(tenant, board) },
        args: { channel: live.changes },
        fence,
        repeatable: true,
        resend: false,
      });
      if (outcome === 'missing') throw boardNotFound(board);
      if (outcome === 'has-seasons') continue;
      await this.indexes.removeBoard(tenant, board);
      return;
    }
    throw seasonChanging();
  }

  /** @returns whether the board was made */
  private async applySettings(caller: Caller, input: ConfigureBoardMessage): Promise<boolean> {
    const { tenant } = caller;
    const { board, order = '', operator = '', ties = '', denseRanks } = input;
    const { info, entries, scores } = this.keys.live(tenant, board);
    const fence = this.keys.fence(caller, board);
    const nextResetAt = await this.nextResetOf(input);
    // The index comes first: a reset that no index knows of would never happen on a board that no one asks for.
    if (nextResetAt !== undefined) await this.indexes.expectReset(tenant, board, nextResetAt);
    const result = await this.seasons.inSeason(tenant, board, () =>
      this.scripts.run(configureScript, {
        keys: { info, entries, scores },
        args: {
          incarnation: newIncarnation(),
          order,
          operator,
          ties,
          denseRanks: denseRanks === undefined ? '' : Number(denseRanks),
        },
        rest: otherSettings(input, nextResetAt),
        fence,
        repeatable: true,
        resend: false,
      }),
    );
    if (result.outcome === 'immutable') throw immutable(result.field);
    if (result.outcome !== 'configured') throw new Error(`configure answered ${result.outcome}`);
    if (!result.indexed) await this.indexes.addBoard(tenant, board);
    // And again: a node that found no reset on the board just before may have taken it off the list since.
    if (nextResetAt !== undefined) await this.indexes.expectReset(tenant, board, nextResetAt);
    // Without the fence: these two do what the board's settings ask for, whoever made them, and left undone would be missed.
    if (result.buildingDense) await this.gatherDistinctScores(tenant, board);
    if (typeof input.capacity === 'number') await this.trim(tenant, board);
    if (input.keepSeasons !== undefined)
      await this.seasons.dropBeyond(tenant, board, input.keepSeasons, fence);
    return result.created;
  }

  private async view(tenant: string, board: string): Promise<BoardView> {
    const view = await this.find(tenant, board);
    if (view === undefined) throw boardNotFound(board);
    return view;
  }

  private async find(tenant: string, board: string): Promise<BoardView | undefined> {
    const { info, entries } = this.keys.live(tenant, board);
    const standing = await this.seasons.current(tenant, board);
    if (standing === undefined) return undefined;
    const total = await this.gateway.execute((client) => client.zcard(entries), { repeatable: true });
    const fields = await this.gateway.execute((client) => client.hgetall(info), { repeatable: true });
    return viewOf(board, decodeBoardInfo(fields) ?? standing, total);
  }

  private async nextResetOf({ reset }: ConfigureBoardMessage): Promise<number | undefined> {
    if (!reset) return undefined;
    return nextReset({ cron: reset.cron, timeZone: reset.timeZone ?? 'UTC' }, await this.gateway.time());
  }

  private async gatherDistinctScores(tenant: string, board: string): Promise<void> {
    const { info, entries, scores } = this.keys.live(tenant, board);
    let after: string | undefined = '-inf';
    while (after !== undefined) {
      after = await this.scripts.run(buildDenseScript, {
        keys: { info, entries, scores },
        args: { after, limit: STEP },
        repeatable: true,
      });
    }
  }

  private async trim(tenant: string, board: string): Promise<void> {
    const keys = this.keys.live(tenant, board);
    const args = { limit: STEP, channel: keys.changes };
    while ((await this.scripts.run(trimScript, { keys, args, repeatable: true })) > 0);
  }
}

function otherSettings(input: ConfigureBoardMessage, nextResetAt: number | undefined): (string | number)[] {
  const { reset, keepSeasons, capacity } = input;
  const fields: (string | number)[] = [];
  if (keepSeasons !== undefined) fields.push('keepSeasons', keepSeasons);
  if (capacity !== undefined) fields.push('capacity', capacity ?? '');
  if (reset !== undefined) {
    fields.push('cron', reset?.cron ?? '', 'timeZone', reset ? (reset.timeZone ?? 'UTC') : '');
    fields.push('nextResetAt', nextResetAt ?? '');
  }
  return fields;
}

function viewOf(board: string, info: BoardInfo, total: number): BoardView {
  const {
    order,
    operator,
    ties,
    denseRanks,
    reset,
    keepSeasons,
    capacity,
    season,
    startedAtMs,
    nextResetAtMs,
  } = info;
  return {
    board,
    order,
    operator,
    ties,
    denseRanks,
    reset: reset ?? null,
    keepSeasons,
    capacity: capacity ?? null,
    total,
    season: {
      id: season,
      startedAt: new Date(startedAtMs).toISOString(),
      endsAt: nextResetAtMs === undefined ? null : new Date(nextResetAtMs).toISOString(),
    },
  };
}
