import { expect } from 'vitest';
import { Caller } from '../../../src/access/caller.js';
import { AppError } from '../../../src/errors/app-error.js';
import { BoardsService } from '../../../src/features/leaderboards/leaderboards.boards.service.js';
import { RankingsService } from '../../../src/features/leaderboards/leaderboards.rankings.service.js';
import { SeasonsService } from '../../../src/features/leaderboards/leaderboards.seasons.service.js';
import { SubmissionsService } from '../../../src/features/leaderboards/leaderboards.submissions.service.js';
import type { BoardModel, ModelRow, ModelSettings, Ranking } from '../../support/board-model.js';
import type { TestService } from '../../support/service.js';
import { type Command, MEMBERS, RANKINGS } from './board-commands.js';

/** The real board beside the model; every answer of the one is compared with the other's. */
export class BoardComparison {
  private readonly caller = Caller.inProcess();
  private readonly boards: BoardsService;
  private readonly submissions: SubmissionsService;
  private readonly rankings: RankingsService;
  private readonly seasons: SeasonsService;
  private readonly dense = new Map<string, boolean>();
  private isDense = true;

  constructor(
    private readonly model: BoardModel,
    private readonly board: string,
    { application: { nest } }: TestService,
  ) {
    this.boards = nest.get(BoardsService);
    this.submissions = nest.get(SubmissionsService);
    this.rankings = nest.get(RankingsService);
    this.seasons = nest.get(SeasonsService);
  }

  async begin(modelSettings: ModelSettings): Promise<void> {
    const { board } = this;
    await this.boards.configure(this.caller, {
      board,
      ...modelSettings,
      denseRanks: true,
      keepSeasons: 1000,
    });
  }

  async step(step: Command): Promise<void> {
    const { board, caller, model } = this;
    switch (step.kind) {
      case 'submit': {
        const wanted = model.submit(step.submission);
        const answer = await this.outcome(this.submissions.submit(caller, { board, ...step.submission }));
        expect(answer).toEqual(wanted === 'overflow' ? 'leaderboards.score-overflow' : wanted);
        return;
      }
      case 'batch': {
        const wanted = step.rows.map((row) => {
          const answer = model.submit(row);
          return answer === 'overflow'
            ? { status: 409, code: 'leaderboards.score-overflow', detail: expect.any(String) }
            : { status: 200, ...answer };
        });
        const { results } = await this.submissions.submitBatch(caller, { board, submissions: step.rows });
        expect(results).toEqual(wanted);
        return;
      }
      case 'remove': {
        const from = [model.live, ...(step.all ? model.closed.values() : [])];
        const wasThere = from.map((each) => each.remove(step.member)).includes(true);
        const input = {
          board,
          member: step.member,
          seasons: step.all ? ('all' as const) : ('live' as const),
        };
        const answer = await this.outcome(this.rankings.remove(caller, input));
        expect(answer).toBe(wasThere ? undefined : 'leaderboards.member-not-found');
        return;
      }
      case 'capacity':
        model.setCapacity(step.capacity);
        await this.boards.configure(caller, { board, capacity: step.capacity });
        return;
      case 'dense':
        this.isDense = step.on;
        await this.boards.configure(caller, { board, denseRanks: step.on });
        return;
      case 'close': {
        const { entries } = model.live;
        const id = model.closeSeason();
        this.dense.set(id, this.isDense);
        expect(await this.seasons.close(caller, { board })).toMatchObject({ id, total: entries.length });
        return;
      }
      default:
        await this.read(step);
    }
  }

  /** Everything that can be read, at the end. */
  async finish(): Promise<void> {
    for (const closed of [0, ...[...this.model.closed.keys()].map(Number)]) {
      for (const each of RANKINGS) await this.read({ kind: 'page', limit: 3, ranking: each, season: closed });
      for (const each of MEMBERS) {
        await this.read({ kind: 'entry', member: each, ranking: 'competition', season: closed });
      }
    }
    await this.boards.delete(this.caller, { board: this.board });
  }

  private async read(
    step: Extract<Command, { kind: 'page' | 'entry' | 'around' | 'lookup' }>,
  ): Promise<void> {
    const { board, caller, model } = this;
    const id = 'season' in step && step.season > 0 ? String(step.season) : undefined;
    const source = id === undefined ? model.live : model.closed.get(id);
    const rows = source?.rows(step.ranking) ?? [];
    const hasDense = id === undefined ? this.isDense : (this.dense.get(id) ?? true);
    const refused =
      source === undefined
        ? 'leaderboards.season-not-found'
        : step.ranking === 'dense' && !hasDense
          ? 'leaderboards.no-dense-ranks'
          : undefined;
    switch (step.kind) {
      case 'page': {
        const found = await this.outcome(this.pages(step.limit, step.ranking, id));
        expect(found).toEqual(refused ?? rows);
        return;
      }
      case 'entry': {
        const input = { board, member: step.member, ranking: step.ranking };
        const answer = await this.outcome<unknown>(
          id === undefined
            ? this.rankings.entry(caller, input)
            : this.rankings.seasonEntry(caller, { ...input, season: id }),
        );
        const row = rows.find((each) => each.member === step.member);
        const better = source?.rows('competition').find((each) => each.member === step.member)?.rank ?? 0;
        const wanted = row && {
          metadata: null,
          ...row,
          percentile: (100 * (rows.length - better + 1)) / rows.length,
        };
        if (refused ?? !wanted) expect(answer).toBe(refused ?? 'leaderboards.member-not-found');
        else expect(answer).toMatchObject(wanted);
        return;
      }
      case 'around': {
        const input = { board, member: step.member, ranking: step.ranking, limit: step.limit };
        const at = rows.findIndex((row) => row.member === step.member);
        const start = Math.max(0, Math.min(at - Math.floor(step.limit / 2), rows.length - step.limit));
        const wanted =
          at < 0
            ? 'leaderboards.member-not-found'
            : { items: rows.slice(start, start + step.limit), total: rows.length };
        expect(await this.outcome(this.rankings.around(caller, input))).toEqual(refused ?? wanted);
        return;
      }
      case 'lookup': {
        const input = { board, members: step.members, ranking: step.ranking };
        const items = rows.filter((row) => step.members.includes(row.member));
        const missing = step.members.filter((each) => !rows.some((row) => row.member === each));
        expect(await this.outcome(this.rankings.lookup(caller, input))).toEqual(
          refused ?? { items, missing },
        );
      }
    }
  }

  private async pages(size: number, by: Ranking, id: string | undefined): Promise<ModelRow[]> {
    const items: ModelRow[] = [];
    let cursor: string | undefined;
    do {
      const input = {
        board: this.board,
        limit: size,
        ranking: by,
        ...(cursor === undefined ? {} : { cursor }),
      };
      const page =
        id === undefined
          ? await this.rankings.page(this.caller, input)
          : await this.rankings.seasonPage(this.caller, { ...input, season: id });
      items.push(...page.items);
      cursor = page.next ?? undefined;
      expect(page.items.length).toBeLessThanOrEqual(size);
    } while (cursor !== undefined);
    return items;
  }

  /** What `work` gives, or the code of the error that it ends with. */
  private async outcome<T>(work: Promise<T>): Promise<T | string> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof AppError) return error.code;
      throw error;
    }
  }
}
