import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { closeSignal } from '../../transport/http/close-signal.js';
import {
  AcknowledgeAnswer,
  DeadLetterPage,
  ExtendAnswer,
  GiveBackAnswer,
  GroupView,
  ReceiveAnswer,
  ReplayAnswer,
} from './dto/answers.dto.js';
import {
  CommitBody,
  ConfigureGroupBody,
  DeliveriesBody,
  GiveBackBody,
  GroupPath,
  ReceiveBody,
  ReplayBody,
  SeekBody,
} from './dto/group.dto.js';
import { ListQuery } from '../../transport/pagination/list-query.dto.js';

import { CommitsService } from './streams.commits.service.js';
import { DeadLettersService } from './streams.dead-letters.service.js';
import { DeliveriesService } from './streams.deliveries.service.js';
import { groupEndpoints } from './streams.endpoints.js';
import { GroupsService } from './streams.groups.service.js';

@Controller('v1/streams/:stream/groups/:group')
export class GroupsHttpController {
  constructor(
    private readonly groups: GroupsService,
    private readonly deliveries: DeliveriesService,
    private readonly commits: CommitsService,
    private readonly deadLetters: DeadLettersService,
  ) {}

  /** Make a consumer group, and its stream if there is none, or change the settings that are given. */
  @Put()
  @Endpoint(groupEndpoints.configure)
  @ApiOkResponse({ type: GroupView, description: 'The group stood before.' })
  @ApiCreatedResponse({ type: GroupView, description: 'The group is new.' })
  async configure(
    @Param() path: GroupPath,
    @Body() body: ConfigureGroupBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GroupView> {
    const { created, view } = await this.groups.configure(caller, { ...body, ...path });
    void reply.status(created ? 201 : 200);
    return view;
  }

  /** A consumer group's settings, lag, pending entries and consumers. */
  @Get()
  @Endpoint(groupEndpoints.get)
  get(@Param() path: GroupPath, @CurrentCaller() caller: Caller): Promise<GroupView> {
    return this.groups.get(caller, path);
  }

  /** Remove a consumer group with its dead letters. Effects that were committed still take place. */
  @Delete()
  @HttpCode(204)
  @Endpoint(groupEndpoints.delete)
  delete(@Param() path: GroupPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.groups.delete(caller, path);
  }

  /** Receive entries: what others left first, then new ones; waits up to `waitMs` if there is none. */
  @Post('receive')
  @HttpCode(200)
  @Endpoint(groupEndpoints.receive)
  receive(
    @Param() path: GroupPath,
    @Body() body: ReceiveBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReceiveAnswer> {
    // Who does not wait need not be told that the client is gone.
    const signal = body.waitMs ? closeSignal(reply) : undefined;
    return this.deliveries.receive(caller, { ...body, ...path }, signal);
  }

  /** Acknowledge entries: they are done, and nobody in the group gets them again. */
  @Post('ack')
  @HttpCode(200)
  @Endpoint(groupEndpoints.acknowledge)
  acknowledge(
    @Param() path: GroupPath,
    @Body() body: DeliveriesBody,
    @CurrentCaller() caller: Caller,
  ): Promise<AcknowledgeAnswer> {
    return this.deliveries.acknowledge(caller, { ...body, ...path });
  }

  /** Give entries back, to be delivered again now or after `delayMs`; after the last delivery they become dead letters. */
  @Post('nack')
  @HttpCode(200)
  @Endpoint(groupEndpoints.giveBack)
  giveBack(
    @Param() path: GroupPath,
    @Body() body: GiveBackBody,
    @CurrentCaller() caller: Caller,
  ): Promise<GiveBackAnswer> {
    return this.deliveries.giveBack(caller, { ...body, ...path });
  }

  /** Take the visibility timeout once more for entries that are still being worked on. */
  @Post('extend')
  @HttpCode(200)
  @Endpoint(groupEndpoints.extend)
  extend(
    @Param() path: GroupPath,
    @Body() body: DeliveriesBody,
    @CurrentCaller() caller: Caller,
  ): Promise<ExtendAnswer> {
    return this.deliveries.extend(caller, { ...body, ...path });
  }

  /**
   * Acknowledge entries and bring about their effects: each takes place, once, if and only if its acknowledgement does. The
   * effects of an item take place in order. One that can never take place, such as a sum out of range, leaves its entry
   * as a dead letter with the code as its reason.
   */
  @Post('commit')
  @HttpCode(200)
  @Endpoint(groupEndpoints.commit)
  commit(
    @Param() path: GroupPath,
    @Body() body: CommitBody,
    @CurrentCaller() caller: Caller,
  ): Promise<AcknowledgeAnswer> {
    return this.commits.commit(caller, { ...body, ...path });
  }

  /** Move a consumer group: what it had pending is so no longer, but for dead letters that were put back. */
  @Post('seek')
  @HttpCode(200)
  @Endpoint(groupEndpoints.seek)
  seek(
    @Param() path: GroupPath,
    @Body() body: SeekBody,
    @CurrentCaller() caller: Caller,
  ): Promise<GroupView> {
    return this.groups.seek(caller, { ...body, ...path });
  }

  /** Entries that the group has given up, oldest first, with the reasons. */
  @Get('dead-letters')
  @Endpoint(groupEndpoints.deadLetters)
  listDeadLetters(
    @Param() path: GroupPath,
    @Query() query: ListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<DeadLetterPage> {
    return this.deadLetters.list(caller, { ...query, ...path });
  }

  /** Put dead letters back, to be delivered as if for the first time. All together, or none. */
  @Post('dead-letters/replay')
  @HttpCode(200)
  @Endpoint(groupEndpoints.replay)
  replay(
    @Param() path: GroupPath,
    @Body() body: ReplayBody,
    @CurrentCaller() caller: Caller,
  ): Promise<ReplayAnswer> {
    return this.deadLetters.replay(caller, { ...body, ...path });
  }

  /** Forget all dead letters of a consumer group. */
  @Delete('dead-letters')
  @HttpCode(204)
  @Endpoint(groupEndpoints.discard)
  discard(@Param() path: GroupPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.deadLetters.discard(caller, path);
  }
}
