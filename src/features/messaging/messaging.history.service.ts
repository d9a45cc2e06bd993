import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { invalidCursor } from '../../transport/pagination/invalid-cursor.js';
import { DEFAULT_LIMIT } from '../../transport/pagination/list-query.dto.js';
import type { GapView, HistoryPage } from './dto/answers.dto.js';
import type { HistoryMessage } from './dto/channel.dto.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { Gap, Message } from './messaging.items.js';
import { MessagingKeys } from './messaging.keys.js';
import { type Position, positionOf } from './messaging.position.js';
import { ChannelReader } from './messaging.reader.js';
import { readHistoryScript } from './messaging.scripts.js';

const MAX_PAGE_BYTES = 1_048_576;

/** Where a page begins: after an offset, and on the later pages of a list newest first, before another one. */
interface Bounds {
  /** Undefined if the list begins with what is kept. */
  readonly epoch: string | undefined;
  readonly after: number;
  readonly before: number | undefined;
}

/** Shows what is kept of a channel. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: MessagingKeys,
    private readonly reader: ChannelReader,
    private readonly cursors: Cursors,
  ) {}

  /** Kept messages; of a channel that is not there, none. @throws AppError `pagination.invalid-cursor` */
  @Operation(messagingEndpoints.history.name, { show: ['channel', 'since', 'order', 'limit'] })
  async list({ tenant }: Caller, input: HistoryMessage): Promise<HistoryPage> {
    const { channel, since = '', order = 'asc', limit = DEFAULT_LIMIT } = input;
    const scope = ['messaging.messages', tenant, channel, since, order];
    const position = this.cursors.decode(scope, input.cursor);
    const start =
      position === undefined
        ? await this.start(tenant, channel, positionOf(since))
        : { bounds: boundsOf(position), gap: null };
    const { epoch, after, before } = start.bounds;
    const { topic: _topic, ...keys } = this.keys.channel(tenant, channel);
    const found = await this.scripts.run(readHistoryScript, {
      keys,
      args: { order, after, before: before ?? '', limit, maxBytes: MAX_PAGE_BYTES },
      repeatable: true,
    });
    if (epoch !== undefined && epoch !== found.epoch) throw invalidCursor();
    const messages = found.messages.map((message) => Message.of(channel, found.epoch, message));
    const [first, last] = [messages[0]?.position, messages.at(-1)?.position];
    const next =
      !found.more || last === undefined
        ? null
        : this.cursors.encode(scope, [
            found.epoch,
            String(order === 'asc' ? last.offset : after),
            order === 'asc' ? '' : String(last.offset),
          ]);
    // What an earlier page promised, and retention has taken since.
    const missed = order === 'asc' && position !== undefined && (first?.offset ?? found.offset + 1) - 1;
    const place = (offset: number) => ({ epoch: found.epoch, offset, at: undefined });
    const gap =
      typeof missed === 'number' && missed > after
        ? new Gap(channel, place(after), place(missed)).view
        : start.gap;
    return { items: messages.map(({ view }) => view), next, gap };
  }

  private async start(
    tenant: string,
    channel: string,
    since: Position | undefined,
  ): Promise<{ bounds: Bounds; gap: GapView | null }> {
    if (since === undefined) return { bounds: { epoch: undefined, after: 0, before: undefined }, gap: null };
    const { standing, missedUpTo } = await this.reader.read(tenant, channel, since);
    const bounds = { epoch: standing.epoch, after: missedUpTo ?? since.offset, before: undefined };
    if (missedUpTo === undefined) return { bounds, gap: null };
    const to = { epoch: standing.epoch, offset: missedUpTo, at: undefined };
    return { bounds, gap: new Gap(channel, since, to).view };
  }
}

function boundsOf([epoch = '', after = '', before = '']: readonly string[]): Bounds {
  return { epoch, after: Number(after), before: before === '' ? undefined : Number(before) };
}
