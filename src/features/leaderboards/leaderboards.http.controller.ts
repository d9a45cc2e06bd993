import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { EventStreams } from '../../transport/sse/event-streams.js';
import {
  BatchAnswer,
  BoardPage,
  BoardView,
  EntryPage,
  EntryView,
  EntryWindow,
  LookupAnswer,
  SeasonPage,
  SeasonView,
  SubmissionAnswer,
} from './dto/answers.dto.js';
import { ListQuery } from '../../transport/pagination/list-query.dto.js';
import { BoardPath, ConfigureBoardBody, NoBody } from './dto/board.dto.js';
import {
  AroundQuery,
  EntryPath,
  LiveQuery,
  LookupBody,
  PageQuery,
  RankingQuery,
  RemoveEntryQuery,
  SeasonEntryPath,
  SeasonPath,
} from './dto/entry.dto.js';
import { SubmissionBatchBody, SubmissionBody } from './dto/submission.dto.js';
import { BoardsService } from './leaderboards.boards.service.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { LiveTopsService, type TopListener } from './leaderboards.live.service.js';
import { RankingsService } from './leaderboards.rankings.service.js';
import { SeasonsService } from './leaderboards.seasons.service.js';
import { SubmissionsService } from './leaderboards.submissions.service.js';

const DEFAULT_TOP = 10;

// Where most requests come by, `Object.assign` puts together what the service is given: both parts are the request's own, and
// to spread instances of classes takes five times as long.
@Controller('v1/leaderboards')
export class LeaderboardsHttpController {
  constructor(
    private readonly boards: BoardsService,
    private readonly submissions: SubmissionsService,
    private readonly rankings: RankingsService,
    private readonly seasons: SeasonsService,
    private readonly liveTops: LiveTopsService,
    private readonly streams: EventStreams,
  ) {}

  /** Make a leaderboard, or change the settings that are given; those left out stay. */
  @Put(':board')
  @Endpoint(leaderboardEndpoints.configure)
  @ApiOkResponse({ type: BoardView, description: 'The board stood before.' })
  @ApiCreatedResponse({ type: BoardView, description: 'The board is new.' })
  async configure(
    @Param() path: BoardPath,
    @Body() body: ConfigureBoardBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BoardView> {
    const { created, view } = await this.boards.configure(caller, { ...body, ...path });
    void reply.status(created ? 201 : 200);
    return view;
  }

  /** The leaderboards of the caller's tenant that the caller may read, by name. */
  @Get()
  @Endpoint(leaderboardEndpoints.list)
  list(@Query() query: ListQuery, @CurrentCaller() caller: Caller): Promise<BoardPage> {
    return this.boards.list(caller, query);
  }

  /** A leaderboard's settings, number of entries and season. */
  @Get(':board')
  @Endpoint(leaderboardEndpoints.get)
  get(@Param() path: BoardPath, @CurrentCaller() caller: Caller): Promise<BoardView> {
    return this.boards.get(caller, path);
  }

  /** Remove a leaderboard with all its seasons. */
  @Delete(':board')
  @HttpCode(204)
  @Endpoint(leaderboardEndpoints.delete)
  delete(@Param() path: BoardPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.boards.delete(caller, path);
  }

  /** Submit a score. A leaderboard that nobody configured is made with the first one. */
  @Post(':board/submissions')
  @HttpCode(200)
  @Endpoint(leaderboardEndpoints.submit)
  submit(
    @Param() path: BoardPath,
    @Body() body: SubmissionBody,
    @CurrentCaller() caller: Caller,
  ): Promise<SubmissionAnswer> {
    return this.submissions.submit(caller, Object.assign(body, path));
  }

  /** Submit up to 1000 scores, in order; a bad one is answered in its place and spoils no other. */
  @Post(':board/submissions/batch')
  @HttpCode(200)
  @Endpoint(leaderboardEndpoints.submitBatch)
  submitBatch(
    @Param() path: BoardPath,
    @Body() body: SubmissionBatchBody,
    @CurrentCaller() caller: Caller,
  ): Promise<BatchAnswer> {
    return this.submissions.submitBatch(caller, { ...body, ...path });
  }

  /**
   * Entries from the top. `next` marks a place between two scores: an entry that stays on its side of that
   * place is on exactly one of the pages, whatever happens on the other side.
   */
  @Get(':board/entries')
  @Endpoint(leaderboardEndpoints.page)
  page(
    @Param() path: BoardPath,
    @Query() query: PageQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<EntryPage> {
    return this.rankings.page(caller, Object.assign(query, path));
  }

  /** A member's entry. */
  @Get(':board/entries/:member')
  @Endpoint(leaderboardEndpoints.entry)
  entry(
    @Param() path: EntryPath,
    @Query() query: RankingQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<EntryView> {
    return this.rankings.entry(caller, { ...query, ...path });
  }

  /** The entries about a member, who is in the middle where the edges of the board allow. */
  @Get(':board/entries/:member/around')
  @Endpoint(leaderboardEndpoints.around)
  around(
    @Param() path: EntryPath,
    @Query() query: AroundQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<EntryWindow> {
    return this.rankings.around(caller, { ...query, ...path });
  }

  /** The entries of up to 1000 members, ranked on the whole board. */
  @Post(':board/entries/lookup')
  @HttpCode(200)
  @Endpoint(leaderboardEndpoints.lookup)
  lookup(
    @Param() path: BoardPath,
    @Body() body: LookupBody,
    @CurrentCaller() caller: Caller,
  ): Promise<LookupAnswer> {
    return this.rankings.lookup(caller, { ...body, ...path });
  }

  /** Take a member off the live season, or off every season. */
  @Delete(':board/entries/:member')
  @HttpCode(204)
  @Endpoint(leaderboardEndpoints.removeEntry)
  removeEntry(
    @Param() path: EntryPath,
    @Query() query: RemoveEntryQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    return this.rankings.remove(caller, { ...query, ...path });
  }

  /** End the season now and begin the next. */
  @Post(':board/seasons')
  @Endpoint(leaderboardEndpoints.closeSeason)
  closeSeason(
    @Param() path: BoardPath,
    @Body() _body: NoBody,
    @CurrentCaller() caller: Caller,
  ): Promise<SeasonView> {
    return this.seasons.close(caller, path);
  }

  /** Closed seasons, newest first. */
  @Get(':board/seasons')
  @Endpoint(leaderboardEndpoints.listSeasons)
  listSeasons(
    @Param() path: BoardPath,
    @Query() query: ListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<SeasonPage> {
    return this.seasons.list(caller, { ...query, ...path });
  }

  /** Entries of a closed season, from the top. */
  @Get(':board/seasons/:season/entries')
  @Endpoint(leaderboardEndpoints.seasonPage)
  seasonPage(
    @Param() path: SeasonPath,
    @Query() query: PageQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<EntryPage> {
    return this.rankings.seasonPage(caller, { ...query, ...path });
  }

  /** A member's entry in a closed season. */
  @Get(':board/seasons/:season/entries/:member')
  @Endpoint(leaderboardEndpoints.seasonEntry)
  seasonEntry(
    @Param() path: SeasonEntryPath,
    @Query() query: RankingQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<EntryView> {
    return this.rankings.seasonEntry(caller, { ...query, ...path });
  }

  /**
   * Server-sent events: `snapshot` with the first entries as they stand, then `change` with all of them again at
   * each change, at most 10 a second; `end` before the service or a revoked credential closes the stream.
   */
  @Get(':board/live')
  @Endpoint(leaderboardEndpoints.live)
  @ApiProduces('text/event-stream')
  async live(
    @Param() { board }: BoardPath,
    @Query() { top = DEFAULT_TOP }: LiveQuery,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.liveTops.check(caller, { board, top });
    const stream = this.streams.start(reply);
    const onTop: TopListener['onTop'] = (entries, kind) => stream.send(kind, entries);
    stream.onClose(this.liveTops.watch(caller, board, { top, onTop }));
  }
}
