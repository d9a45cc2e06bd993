import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { asNumber, asOptional } from '../../redis/decode.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { DEFAULT_LIMIT, type ListQuery } from '../../transport/pagination/list-query.dto.js';
import { namesPage } from '../../transport/pagination/names-page.js';
import type { ActiveChannel, ChannelPage, ChannelView, PresencePage } from './dto/answers.dto.js';
import type { ChannelPath, ConfigureChannelMessage, PresenceMessage } from './dto/channel.dto.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { SETTINGS_NOTICE } from './messaging.feed.js';
import { ChannelIndex } from './messaging.index.js';
import { MessagingKeys } from './messaging.keys.js';
import { positionText } from './messaging.position.js';
import { Presence } from './messaging.presence.js';
import { configureScript } from './messaging.scripts.js';
import { settingsOf } from './messaging.settings.js';

/** Settings of channels, which of them are active, and who is there. */
@Injectable()
export class ChannelsService {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: MessagingKeys,
    private readonly index: ChannelIndex,
    private readonly presence: Presence,
    private readonly cursors: Cursors,
  ) {}

  /** Changes the settings that `input` names; the others stay. A channel needs none. @throws AppError `fence.stale` */
  @Operation(messagingEndpoints.configure.name, {
    show: ['channel', 'historySize', 'historyTtlMs', 'slowConsumer'],
  })
  async configure(caller: Caller, input: ConfigureChannelMessage): Promise<ChannelView> {
    const { channel, historySize, historyTtlMs, slowConsumer } = input;
    const { topic, ...keys } = this.keys.channel(caller.tenant, channel);
    const given = Object.entries({ historySize, historyTtlMs, slowConsumer });
    const fields = await this.scripts.run(configureScript, {
      keys,
      args: { sharded: this.keys.sharded, topic, notice: SETTINGS_NOTICE },
      rest: given.flatMap(([field, value]) => (value === undefined ? [] : [field, value ?? ''])),
      fence: this.keys.fence(caller, channel),
      repeatable: true,
      resend: false,
    });
    return { channel, ...settingsOf(fields) };
  }

  /** The settings of a channel, whether anybody set them or not. */
  @Operation(messagingEndpoints.get.name, { show: ['channel'] })
  async get({ tenant }: Caller, { channel }: ChannelPath): Promise<ChannelView> {
    const { settings } = this.keys.channel(tenant, channel);
    const fields = await this.gateway.execute((client) => client.hgetall(settings), { repeatable: true });
    return { channel, ...settingsOf(new Map(Object.entries(fields))) };
  }

  /** Channels of the caller's tenant with subscribers or kept messages, of those that the caller may read, by name. */
  @Operation(messagingEndpoints.list.name, { show: ['limit'] })
  async list(caller: Caller, { limit = DEFAULT_LIMIT, cursor }: ListQuery): Promise<ChannelPage> {
    const { tenant } = caller;
    const scope = ['messaging.channels', tenant];
    const nodes = await this.presence.nodes();
    const { items, next } = await namesPage(this.cursors.decode(scope, cursor)?.[0], limit, {
      names: (after, count) => this.index.list(tenant, after, count),
      isVisible: (name) => caller.may(messagingEndpoints.list.permission, name),
      find: (name) => this.findActive(tenant, name, nodes),
    });
    return { items, next: next === undefined ? null : this.cursors.encode(scope, [next]) };
  }

  /** Who is subscribed to a channel by its name, on all nodes. @throws AppError `pagination.invalid-cursor` */
  @Operation(messagingEndpoints.presence.name, { show: ['channel', 'limit'] })
  async present({ tenant }: Caller, input: PresenceMessage): Promise<PresencePage> {
    const { channel, limit = DEFAULT_LIMIT, cursor } = input;
    const scope = ['messaging.presence', tenant, channel];
    const [after = ''] = this.cursors.decode(scope, cursor) ?? [];
    const present = await this.presence.of(tenant, channel);
    const actors = [...present.keys()].sort();
    const later = actors.filter((actor) => actor > after);
    const items = later.slice(0, limit).map((actor) => ({ actor, subscriptions: present.get(actor) ?? 0 }));
    const last = items.at(-1);
    return {
      channel,
      subscriptions: [...present.values()].reduce((sum, count) => sum + count, 0),
      actors: actors.length,
      items,
      next: later.length > limit && last ? this.cursors.encode(scope, [last.actor]) : null,
    };
  }

  private async findActive(
    tenant: string,
    channel: string,
    nodes: readonly string[],
  ): Promise<ActiveChannel | undefined> {
    const { info, history } = this.keys.channel(tenant, channel);
    const [subscriptions, [epoch, offset, at], messages] = await Promise.all([
      this.presence.count(tenant, channel, nodes),
      this.gateway.execute((client) => client.hmget(info, 'epoch', 'offset', 'at'), { repeatable: true }),
      this.gateway.execute((client) => client.xlen(history), { repeatable: true }),
    ]);
    if (subscriptions === 0 && messages === 0) return undefined;
    const last = asOptional(offset, asNumber) ?? 0;
    const lastId =
      epoch && last > 0 ? positionText({ epoch, offset: last, at: asOptional(at, asNumber) }) : null;
    return { channel, subscriptions, messages, lastId };
  }
}
