import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { Operation } from '../../telemetry/operation.js';
import type { LiveConnection } from '../../transport/live/live-connection.js';
import { EventStream } from '../../transport/sse/event-stream.js';
import { invalid } from '../../transport/validation/validate.js';
import { type EventsQuery, isEventCursor, MAX_FOLLOWED } from './dto/channel.dto.js';
import { EventCursors, type Vector } from './messaging.cursors.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import type { FeedLease } from './messaging.feeds.js';
import { LiveService, type Taken } from './messaging.live.service.js';
import { ManyChannelsOutlet, OneChannelOutlet, type Outlet } from './messaging.outlets.js';
import type { PatternLease } from './messaging.patterns.js';
import { type Position, positionOf } from './messaging.position.js';
import { Subscriber } from './messaging.subscriber.js';
import type { Start } from './messaging.subscription.js';

/** Names and patterns of one connection together, in characters: its cursor has to fit into a header. */
const MAX_NAMES_LENGTH = 4096;
const RECONNECT_MS = 1000;

export interface EventsRequest extends EventsQuery {
  /** What an EventSource that comes back says. */
  readonly lastEventId: string | undefined;
}

/** Where the client is: a vector, one message, at the end, or nobody knows. */
type Resumed = { readonly vector: Vector } | { readonly message: Position } | 'now' | 'unknown';

/** Channels that are ready to be brought to a client. */
export interface ReadyEvents {
  begin(connection: LiveConnection): void;
  cancel(): void;
}

/** What `open` has found out for `begin`. */
interface Opened {
  readonly channels: readonly Taken<FeedLease>[];
  readonly patterns: readonly Taken<PatternLease>[];
  readonly resumed: Resumed;
  /** By Redis' clock, in ms since 1970. */
  readonly now: number;
}

/** Streams of the events of many channels. */
@Injectable()
export class EventsService {
  private readonly oneChannelOutlets = new Map<string, OneChannelOutlet>();

  constructor(
    private readonly live: LiveService,
    private readonly cursors: EventCursors,
  ) {}

  /** @throws AppError `request.invalid`, `access.forbidden`, `messaging.too-many-subscriptions`, `messaging.too-many-channels` */
  @Operation(messagingEndpoints.events.name)
  async open(caller: Caller, request: EventsRequest): Promise<ReadyEvents> {
    const names = [...new Set([request.channel ?? []].flat())];
    const globs = [...new Set([request.pattern ?? []].flat())];
    checkCount(names, globs);
    for (const name of names) requirePermission(caller, messagingEndpoints.history, name);
    const resumed = this.resumed(caller, request, names.length === 1 && globs.length === 0);
    const now = globs.length > 0 ? await this.live.now() : 0;
    // Before the first channel is made of which there may be too many.
    this.live.checkRoom(caller, names.length + globs.length);
    const [channels, patterns] = await bothOrNeither(
      names.map((name) => this.live.takeChannel(caller, name)),
      globs.map((glob) => this.live.takePattern(caller, glob)),
    );
    return {
      begin: (connection) => this.begin(caller, connection, { channels, patterns, resumed, now }),
      cancel: () => giveBack([...channels, ...patterns]),
    };
  }

  private begin(caller: Caller, connection: LiveConnection, opened: Opened): void {
    const { channels, patterns, resumed, now } = opened;
    if (connection.isClosed) {
      giveBack([...channels, ...patterns]);
      return;
    }
    const starts = channels.map((taken) => ({ taken, start: startIn(resumed, taken.lease.feed.channel) }));
    const places = new Map(
      starts.map(({ taken: { lease }, start }) => [
        lease.feed.channel,
        isPlace(start) ? start : lease.feed.position,
      ]),
    );
    const isOne = starts.length === 1 && patterns.length === 0;
    const since = patterns.length === 0 ? undefined : (untilOf(resumed) ?? now);
    const many = isOne ? undefined : new ManyChannelsOutlet(caller.tenant, this.cursors, places, since);
    if (typeof resumed === 'object' && 'vector' in resumed) many?.resumeIn(resumed.vector.positions);
    const outlet: Outlet = many ?? this.oneChannelOutlet(caller.tenant);
    const subscriber = new Subscriber(connection, caller, outlet);
    connection.onClose(() => subscriber.end());
    const cursor = many?.cursor() ?? this.cursors.encode(caller.tenant, { positions: places, until: since });
    // So that a client which is cut off before the first event comes back to this place, not to a later now; but one whose
    // place nobody knows has to hear of that first.
    const mark = resumed === 'unknown' ? '' : `id: ${cursor}\n`;
    connection.writeFrames(EventStream.frame(`retry: ${RECONNECT_MS}\n${mark}\n`));
    for (const { taken, start } of starts) this.live.join(subscriber, taken, start);
    if (many === undefined || since === undefined) return;
    const place = { since, positionIn: (channel: string) => many.positionIn(channel) };
    for (const pattern of patterns) {
      this.live.joinPattern(subscriber, pattern, place, (channel) =>
        resumed === 'now' ? 'now' : startIn(resumed, channel, since),
      );
    }
  }

  private resumed(caller: Caller, request: EventsRequest, isOne: boolean): Resumed {
    const { lastEventId, since } = request;
    const isResumed = lastEventId !== undefined && lastEventId !== '';
    const [text, pointer] = isResumed ? [lastEventId, '/Last-Event-ID'] : [since, '/since'];
    if (text === undefined) return 'now';
    const message = positionOf(text);
    if (message !== undefined && isOne) return { message };
    if (!isEventCursor(text)) {
      throw invalid([{ pointer, detail: 'must be the id of an event, or for one channel of a message' }]);
    }
    const vector = this.cursors.decode(caller.tenant, text);
    return vector === undefined ? 'unknown' : { vector };
  }

  private oneChannelOutlet(tenant: string): OneChannelOutlet {
    const known = this.oneChannelOutlets.get(tenant) ?? new OneChannelOutlet(tenant, this.cursors);
    this.oneChannelOutlets.set(tenant, known);
    return known;
  }
}

/** @throws AppError `request.invalid` */
function checkCount(names: readonly string[], globs: readonly string[]): void {
  const all = [...names, ...globs];
  if (all.length === 0) {
    throw invalid([{ pointer: '/channel', detail: 'must name a channel, if there is no pattern' }]);
  }
  const length = all.reduce((sum, name) => sum + name.length, 0);
  if (all.length > MAX_FOLLOWED || length > MAX_NAMES_LENGTH) {
    const detail = `must be at most ${MAX_FOLLOWED} with the patterns, of ${MAX_NAMES_LENGTH} characters together`;
    throw invalid([{ pointer: '/channel', detail }]);
  }
}

function isPlace(start: Start): start is Position {
  return typeof start === 'object' && 'epoch' in start;
}

function untilOf(resumed: Resumed): number | undefined {
  return typeof resumed === 'object' && 'vector' in resumed ? resumed.vector.until : undefined;
}

/** Where a client begins in a channel; of one that its vector does not list, with `since` if that covers it. */
function startIn(resumed: Resumed, channel: string, since?: number): Start {
  if (typeof resumed !== 'object') return resumed;
  if ('message' in resumed) return resumed.message;
  const { positions, until } = resumed.vector;
  // A channel that the client did not have before begins now.
  const unlisted = since !== undefined && until !== undefined ? { instant: since } : 'now';
  return positions.get(channel) ?? unlisted;
}

function giveBack(all: readonly GivenBack[]): void {
  for (const each of all) each.giveBack();
}

interface GivenBack {
  giveBack(): void;
}

/** What all of both lists settle to; if one is rejected, all others are given back. */
async function bothOrNeither<One extends GivenBack, Other extends GivenBack>(
  ones: readonly Promise<One>[],
  others: readonly Promise<Other>[],
): Promise<[One[], Other[]]> {
  const settled = await Promise.allSettled([...ones, ...others]);
  try {
    return [await Promise.all(ones), await Promise.all(others)];
  } catch (error) {
    giveBack(settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
    throw error;
  }
}
