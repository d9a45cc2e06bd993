import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import type { FenceCheck } from '../../redis/fence.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { SharedReads } from '../../redis/shared-reads.js';
import { Operation } from '../../telemetry/operation.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { invalidCursor } from '../../transport/pagination/invalid-cursor.js';
import type { EntryPage, EntryRow, EntryView, EntryWindow, LookupAnswer } from './dto/answers.dto.js';
import type {
  AroundMessage,
  EntryMessage,
  LookupMessage,
  PageMessage,
  RemoveEntryMessage,
  SeasonEntryMessage,
  SeasonPageMessage,
} from './dto/entry.dto.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { boardNotFound, memberNotFound, noDenseRanks, seasonNotFound } from './leaderboards.errors.js';
import { type EntryKeys, LeaderboardKeys } from './leaderboards.keys.js';
import { EntryMetadata } from './leaderboards.metadata.js';
import {
  readAroundScript,
  readEntryScript,
  readMembersScript,
  readPageScript,
  removeEntryScript,
  type Row,
  rowOf,
} from './leaderboards.scripts.js';
import { SeasonsService } from './leaderboards.seasons.service.js';

const DEFAULT_LIMIT = 10;

/** Reads who stands where, on the live board and in archived seasons, and takes entries off. */
@Injectable()
export class RankingsService {
  private readonly pages = new SharedReads<EntryPage>();

  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: LeaderboardKeys,
    private readonly metadata: EntryMetadata,
    private readonly seasons: SeasonsService,
    private readonly cursors: Cursors,
  ) {}

  /**
   * A page of entries from the top. A cursor marks a place between two scores, not a number of entries: each
   * entry that stays on its side of that place is on exactly one of the pages, whatever happens on the other.
   * @throws AppError `leaderboards.board-not-found`, `leaderboards.no-dense-ranks`, `pagination.invalid-cursor`,
   * `encryption.unreadable`
   */
  @Operation(leaderboardEndpoints.page.name, { show: ['board', 'limit', 'ranking'] })
  page({ tenant }: Caller, input: PageMessage): Promise<EntryPage> {
    return this.pageOf(tenant, this.keys.live(tenant, input.board), input);
  }

  /** The first `count` entries, as live clients are shown them. @throws AppError as `page` */
  async top(tenant: string, board: string, count: number): Promise<EntryWindow> {
    const { items, total } = await this.pageOf(tenant, this.keys.live(tenant, board), {
      board,
      limit: count,
    });
    return { items, total };
  }

  /** @throws AppError as `page`, and `leaderboards.season-not-found` */
  @Operation(leaderboardEndpoints.seasonPage.name, { show: ['board', 'season', 'limit', 'ranking'] })
  async seasonPage({ tenant }: Caller, input: SeasonPageMessage): Promise<EntryPage> {
    return await this.pageOf(
      tenant,
      this.keys.season(tenant, input.board, input.season),
      input,
      input.season,
    );
  }

  /**
   * @throws AppError `leaderboards.board-not-found`, `leaderboards.member-not-found`, `leaderboards.no-dense-ranks`,
   * `encryption.unreadable`
   */
  @Operation(leaderboardEndpoints.entry.name, { show: ['board', 'ranking'] })
  async entry({ tenant }: Caller, input: EntryMessage): Promise<EntryView> {
    return await this.entryOf(tenant, this.keys.live(tenant, input.board), input);
  }

  /** @throws AppError as `entry`, and `leaderboards.season-not-found` */
  @Operation(leaderboardEndpoints.seasonEntry.name, { show: ['board', 'season', 'ranking'] })
  async seasonEntry({ tenant }: Caller, input: SeasonEntryMessage): Promise<EntryView> {
    return await this.entryOf(
      tenant,
      this.keys.season(tenant, input.board, input.season),
      input,
      input.season,
    );
  }

  /** The entries about a member: `limit` of them wherever the board has that many. @throws AppError as `entry` */
  @Operation(leaderboardEndpoints.around.name, { show: ['board', 'limit', 'ranking'] })
  async around({ tenant }: Caller, input: AroundMessage): Promise<EntryWindow> {
    const { board, member, limit = DEFAULT_LIMIT, ranking = 'ordinal' } = input;
    const result = await this.seasons.inSeason(tenant, board, () =>
      this.scripts.run(readAroundScript, {
        keys: this.keys.live(tenant, board),
        args: { member, limit, ranking },
        repeatable: true,
      }),
    );
    if (result.outcome !== 'window') throw refusalOf(result.outcome, board);
    return { items: this.entries(tenant, board, result.rows), total: result.total };
  }

  /** Those of `members` that have an entry, by rank. @throws AppError as `page` */
  @Operation(leaderboardEndpoints.lookup.name, { show: ['board', 'ranking'] })
  async lookup(
    { tenant }: Caller,
    { board, members, ranking = 'ordinal' }: LookupMessage,
  ): Promise<LookupAnswer> {
    const asked = [...new Set(members)];
    const result = await this.seasons.inSeason(tenant, board, () =>
      this.scripts.run(readMembersScript, {
        keys: this.keys.live(tenant, board),
        args: { ranking },
        rest: asked,
        repeatable: true,
      }),
    );
    if (result.outcome !== 'members') throw refusalOf(result.outcome, board);
    const found = asked.flatMap((member, at) => {
      const row = result.rows[at];
      return row ? [{ index: row.index, row: rowOf(member, row.score, row.rank, row.metadata) }] : [];
    });
    const rows = found.sort((a, b) => a.index - b.index).map(({ row }) => row);
    return {
      items: this.entries(tenant, board, rows),
      missing: asked.filter((_member, at) => result.rows[at] === undefined),
    };
  }

  /**
   * Takes a member off the live board, and with `seasons: 'all'` off every archived season.
   * @throws AppError `leaderboards.board-not-found`, `leaderboards.member-not-found` if there was nothing to take off,
   * `fence.stale`
   */
  @Operation(leaderboardEndpoints.removeEntry.name, { show: ['board', 'seasons'] })
  async remove(caller: Caller, { board, member, seasons = 'live' }: RemoveEntryMessage): Promise<void> {
    const { tenant } = caller;
    const fence = this.keys.fence(caller, board);
    const removeFrom = (keys: EntryKeys) => this.removeFrom(tenant, { board, member }, keys, fence);
    const live = await this.seasons.inSeason(tenant, board, () => removeFrom(this.keys.live(tenant, board)));
    if (live.outcome === 'missing') throw boardNotFound(board);
    let removed = live.outcome === 'removed';
    if (seasons === 'all') {
      for (const season of await this.seasons.closedIds(tenant, board)) {
        const { outcome } = await removeFrom(this.keys.season(tenant, board, season));
        removed ||= outcome === 'removed';
      }
    }
    if (!removed) throw memberNotFound();
  }

  private removeFrom(
    tenant: string,
    { board, member }: EntryMessage,
    keys: EntryKeys,
    fence: FenceCheck | undefined,
  ) {
    const live = this.keys.live(tenant, board);
    return this.scripts.run(removeEntryScript, {
      keys: { ...keys, watch: live.watch },
      args: { member, channel: live.changes },
      fence,
      repeatable: true,
      resend: false,
    });
  }

  /** The page, shared by all who ask for the same one in this turn of the event loop. */
  private pageOf(tenant: string, keys: EntryKeys, input: PageMessage, season?: string): Promise<EntryPage> {
    const { board, limit = DEFAULT_LIMIT, ranking = 'ordinal', cursor = '' } = input;
    // The cursor alone may hold any character, and so comes last.
    const key = `${tenant}\n${board}\n${season ?? ''}\n${limit}\n${ranking}\n${cursor}`;
    return this.pages.get(key, () => this.readPage(tenant, keys, input, season));
  }

  private async readPage(
    tenant: string,
    keys: EntryKeys,
    input: PageMessage,
    season?: string,
  ): Promise<EntryPage> {
    const { board, limit = DEFAULT_LIMIT, cursor, ranking = 'ordinal' } = input;
    const scope = ['leaderboards.entries', tenant, board, season ?? ''];
    const after = this.cursors.decode(scope, cursor);
    const [incarnation = '', afterScore = '', afterArrival = '', afterMember = ''] = after ?? [];
    const result = await this.seasons.inSeason(tenant, board, () =>
      this.scripts.run(readPageScript, {
        keys,
        args: { limit, ranking, incarnation, afterScore, afterArrival, afterMember },
        repeatable: true,
      }),
    );
    if (result.outcome !== 'page') throw refusalOf(result.outcome, board, season);
    const next = result.next === undefined ? null : this.cursors.encode(scope, result.next);
    return { items: this.entries(tenant, board, result.rows), next, total: result.total };
  }

  private entries(tenant: string, board: string, rows: readonly Row[]): EntryRow[] {
    return rows.map((row) => {
      if (row.metadata === undefined) return row;
      const { member, score, rank, metadata } = row;
      return { member, score, rank, metadata: this.metadata.document({ tenant, board, member }, metadata) };
    });
  }

  private async entryOf(
    tenant: string,
    keys: EntryKeys,
    input: EntryMessage,
    season?: string,
  ): Promise<EntryView> {
    const { board, member, ranking = 'ordinal' } = input;
    const result = await this.seasons.inSeason(tenant, board, () =>
      this.scripts.run(readEntryScript, { keys, args: { member, ranking }, repeatable: true }),
    );
    if (result.outcome !== 'entry') throw refusalOf(result.outcome, board, season);
    return {
      member,
      score: result.score,
      rank: result.rank,
      percentile: (100 * (result.total - result.better)) / result.total,
      metadata:
        result.metadata === undefined
          ? null
          : this.metadata.document({ tenant, board, member }, result.metadata),
      updatedAt: result.arrivedAtMs === undefined ? null : new Date(result.arrivedAtMs).toISOString(),
    };
  }
}

function refusalOf(outcome: string, board: string, season?: string): Error {
  switch (outcome) {
    case 'missing':
      return season === undefined ? boardNotFound(board) : seasonNotFound(season);
    case 'absent':
      return memberNotFound();
    case 'not-dense':
      return noDenseRanks();
    case 'stale':
      return invalidCursor();
    default:
      return new Error(`a reading script answered ${outcome}`);
  }
}
