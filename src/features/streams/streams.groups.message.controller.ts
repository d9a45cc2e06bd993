import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import type {
  AcknowledgeAnswer,
  DeadLetterPage,
  ExtendAnswer,
  GiveBackAnswer,
  GroupView,
  ReceiveAnswer,
  ReplayAnswer,
} from './dto/answers.dto.js';
import {
  CommitMessage,
  ConfigureGroupMessage,
  DeadLettersMessage,
  DeliveriesMessage,
  GiveBackMessage,
  GroupPath,
  ReceiveMessage,
  ReplayMessage,
  SeekMessage,
} from './dto/group.dto.js';
import { CommitsService } from './streams.commits.service.js';
import { DeadLettersService } from './streams.dead-letters.service.js';
import { DeliveriesService } from './streams.deliveries.service.js';
import { groupEndpoints } from './streams.endpoints.js';
import { GroupsService } from './streams.groups.service.js';

@Controller()
export class GroupsMessageController {
  constructor(
    private readonly groups: GroupsService,
    private readonly deliveries: DeliveriesService,
    private readonly commits: CommitsService,
    private readonly deadLetters: DeadLettersService,
  ) {}

  @MessageEndpoint(groupEndpoints.configure)
  async configure(
    @Payload('data') data: ConfigureGroupMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<GroupView> {
    return (await this.groups.configure(caller, data)).view;
  }

  @MessageEndpoint(groupEndpoints.get)
  get(@Payload('data') data: GroupPath, @CurrentCaller() caller: Caller): Promise<GroupView> {
    return this.groups.get(caller, data);
  }

  @MessageEndpoint(groupEndpoints.delete)
  async delete(@Payload('data') data: GroupPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.groups.delete(caller, data);
    return null;
  }

  @MessageEndpoint(groupEndpoints.receive)
  receive(@Payload('data') data: ReceiveMessage, @CurrentCaller() caller: Caller): Promise<ReceiveAnswer> {
    return this.deliveries.receive(caller, data);
  }

  @MessageEndpoint(groupEndpoints.acknowledge)
  acknowledge(
    @Payload('data') data: DeliveriesMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<AcknowledgeAnswer> {
    return this.deliveries.acknowledge(caller, data);
  }

  @MessageEndpoint(groupEndpoints.giveBack)
  giveBack(@Payload('data') data: GiveBackMessage, @CurrentCaller() caller: Caller): Promise<GiveBackAnswer> {
    return this.deliveries.giveBack(caller, data);
  }

  @MessageEndpoint(groupEndpoints.extend)
  extend(@Payload('data') data: DeliveriesMessage, @CurrentCaller() caller: Caller): Promise<ExtendAnswer> {
    return this.deliveries.extend(caller, data);
  }

  @MessageEndpoint(groupEndpoints.commit)
  commit(@Payload('data') data: CommitMessage, @CurrentCaller() caller: Caller): Promise<AcknowledgeAnswer> {
    return this.commits.commit(caller, data);
  }

  @MessageEndpoint(groupEndpoints.seek)
  seek(@Payload('data') data: SeekMessage, @CurrentCaller() caller: Caller): Promise<GroupView> {
    return this.groups.seek(caller, data);
  }

  @MessageEndpoint(groupEndpoints.deadLetters)
  listDeadLetters(
    @Payload('data') data: DeadLettersMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<DeadLetterPage> {
    return this.deadLetters.list(caller, data);
  }

  @MessageEndpoint(groupEndpoints.replay)
  replay(@Payload('data') data: ReplayMessage, @CurrentCaller() caller: Caller): Promise<ReplayAnswer> {
    return this.deadLetters.replay(caller, data);
  }

  @MessageEndpoint(groupEndpoints.discard)
  async discard(@Payload('data') data: GroupPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.deadLetters.discard(caller, data);
    return null;
  }
}
