import { Injectable } from '@nestjs/common';
import { newIncarnation } from '../../redis/incarnation.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { SharedReads } from '../../redis/shared-reads.js';
import { ChannelIndex } from './messaging.index.js';
import { Message } from './messaging.items.js';
import { MessagingKeys } from './messaging.keys.js';
import { type Position, positionText } from './messaging.position.js';
import { readSinceScript } from './messaging.scripts.js';
import { settingsOf, type SlowConsumerPolicy } from './messaging.settings.js';

/** Messages, and bytes of their bodies, that are read at once. */
const STEP = { limit: 500, maxBytes: 262_144 };

/** From where a channel is read: its end, a place in it, or an instant by Redis' clock, in ms since 1970. */
export type Since = 'now' | Position | { readonly instant: number };

/** How a channel stands, and what came after a place in it. */
export interface Found {
  readonly standing: Position;
  /** Offset up to which messages may be missing; undefined if none is. */
  readonly missedUpTo: number | undefined;
  /** Whether the channel went on from before the place, with other messages. */
  readonly diverged: boolean;
  readonly messages: readonly Message[];
  readonly more: boolean;
  readonly slowConsumer: SlowConsumerPolicy;
}

/** Reads channels; who asks for the same at the same time shares one call of Redis, and the messages. */
@Injectable()
export class ChannelReader {
  private readonly shared = new SharedReads<Found | undefined>();

  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: MessagingKeys,
    private readonly index: ChannelIndex,
  ) {}

  /** As `look`; a channel that is not there begins with this. @throws AppError `redis.unavailable` */
  async read(tenant: string, channel: string, since: Since): Promise<Found> {
    const key = `${tenant} ${channel} ${textOf(since)}`;
    const found = await this.shared.get(key, () => this.run(tenant, channel, since, newIncarnation()));
    if (found === undefined) throw new Error('a channel was not made');
    return found;
  }

  /** How the channel stands; undefined if it is gone. Looking does not keep it from going. @throws AppError `redis.unavailable` */
  look(tenant: string, channel: string, since: Since): Promise<Found | undefined> {
    return this.run(tenant, channel, since, '');
  }

  private async run(
    tenant: string,
    channel: string,
    since: Since,
    freshEpoch: string,
  ): Promise<Found | undefined> {
    const result = await this.scripts.run(readSinceScript, {
      keys: this.keys.channel(tenant, channel),
      args: { freshEpoch, ...argsOf(since), ...(since === 'now' ? NOTHING : STEP) },
      repeatable: true,
    });
    if (result === undefined) return undefined;
    const { indexed, settings, messages, ...found } = result;
    if (!indexed) await this.index.add(tenant, channel);
    const { epoch } = found.standing;
    return {
      ...found,
      messages: messages.map((message) => Message.of(channel, epoch, message)),
      slowConsumer: settingsOf(settings).slowConsumer,
    };
  }
}

const NOTHING = { limit: 0, maxBytes: 0 };

function argsOf(since: Since) {
  if (since === 'now') return { from: 'now', epoch: '', offset: '', at: '' };
  if ('instant' in since) return { from: 'instant', epoch: '', offset: '', at: since.instant };
  return { from: 'position', epoch: since.epoch, offset: since.offset, at: since.at ?? '' };
}

function textOf(since: Since): string {
  if (since === 'now') return since;
  return 'instant' in since ? `@${since.instant}` : positionText(since);
}
