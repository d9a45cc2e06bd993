import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import type {
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
import { BoardPath, ConfigureBoardMessage, ListSeasonsMessage } from './dto/board.dto.js';
import {
  AroundMessage,
  EntryMessage,
  LookupMessage,
  PageMessage,
  RemoveEntryMessage,
  SeasonEntryMessage,
  SeasonPageMessage,
} from './dto/entry.dto.js';
import { SubmissionBatchMessage, SubmissionMessage } from './dto/submission.dto.js';
import { BoardsService } from './leaderboards.boards.service.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { RankingsService } from './leaderboards.rankings.service.js';
import { SeasonsService } from './leaderboards.seasons.service.js';
import { SubmissionsService } from './leaderboards.submissions.service.js';

@Controller()
export class LeaderboardsMessageController {
  constructor(
    private readonly boards: BoardsService,
    private readonly submissions: SubmissionsService,
    private readonly rankings: RankingsService,
    private readonly seasons: SeasonsService,
  ) {}

  @MessageEndpoint(leaderboardEndpoints.configure)
  async configure(
    @Payload('data') data: ConfigureBoardMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<BoardView> {
    return (await this.boards.configure(caller, data)).view;
  }

  @MessageEndpoint(leaderboardEndpoints.list)
  list(@Payload('data') data: ListQuery, @CurrentCaller() caller: Caller): Promise<BoardPage> {
    return this.boards.list(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.get)
  get(@Payload('data') data: BoardPath, @CurrentCaller() caller: Caller): Promise<BoardView> {
    return this.boards.get(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.delete)
  async delete(@Payload('data') data: BoardPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.boards.delete(caller, data);
    return null;
  }

  @MessageEndpoint(leaderboardEndpoints.submit)
  submit(
    @Payload('data') data: SubmissionMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<SubmissionAnswer> {
    return this.submissions.submit(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.submitBatch)
  submitBatch(
    @Payload('data') data: SubmissionBatchMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<BatchAnswer> {
    return this.submissions.submitBatch(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.page)
  page(@Payload('data') data: PageMessage, @CurrentCaller() caller: Caller): Promise<EntryPage> {
    return this.rankings.page(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.entry)
  entry(@Payload('data') data: EntryMessage, @CurrentCaller() caller: Caller): Promise<EntryView> {
    return this.rankings.entry(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.around)
  around(@Payload('data') data: AroundMessage, @CurrentCaller() caller: Caller): Promise<EntryWindow> {
    return this.rankings.around(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.lookup)
  lookup(@Payload('data') data: LookupMessage, @CurrentCaller() caller: Caller): Promise<LookupAnswer> {
    return this.rankings.lookup(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.removeEntry)
  async removeEntry(
    @Payload('data') data: RemoveEntryMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<null> {
    await this.rankings.remove(caller, data);
    return null;
  }

  @MessageEndpoint(leaderboardEndpoints.closeSeason)
  closeSeason(@Payload('data') data: BoardPath, @CurrentCaller() caller: Caller): Promise<SeasonView> {
    return this.seasons.close(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.listSeasons)
  listSeasons(
    @Payload('data') data: ListSeasonsMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<SeasonPage> {
    return this.seasons.list(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.seasonPage)
  seasonPage(@Payload('data') data: SeasonPageMessage, @CurrentCaller() caller: Caller): Promise<EntryPage> {
    return this.rankings.seasonPage(caller, data);
  }

  @MessageEndpoint(leaderboardEndpoints.seasonEntry)
  seasonEntry(
    @Payload('data') data: SeasonEntryMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<EntryView> {
    return this.rankings.seasonEntry(caller, data);
  }
}
