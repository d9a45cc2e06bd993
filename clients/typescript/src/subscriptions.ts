import type { Connection } from './calls.js';
import { eventStream } from './event-stream.js';
import type { components } from './schema.js';

type Schemas = components['schemas'];

export interface SubscribeOptions {
  readonly channels?: readonly string[];
  /** `*` stands for any characters and `?` for one. */
  readonly patterns?: readonly string[];
  /** The `cursor` of an event of an earlier subscription; for one channel also the id of a message. */
  readonly since?: string;
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
}

/** A message, or a gap: what came after `from`, up to and with `to`, is kept no longer. `cursor` is the place after it. */
export type ChannelEvent = (
  ({ readonly type: 'message' } & Schemas['MessageView']) | ({ readonly type: 'gap' } & Schemas['GapView'])
) & { readonly cursor: string };

export interface TailOptions {
  /** The first entry's id, or `begin`; `now` if left out. To go on after an entry, `after` is what is meant. */
  readonly from?: string;
  /** The id of the last entry that was had, which is not given again; `from` does not count then. */
  readonly after?: string;
  /** Ends the tail. */
  readonly signal?: AbortSignal;
}

/** Messages and gaps of channels, each once and in order, over any loss of the connection. */
export async function* subscribe(
  connection: Connection,
  { channels = [], patterns = [], since, signal }: SubscribeOptions,
): AsyncGenerator<ChannelEvent, void, undefined> {
  const query = new URLSearchParams(since === undefined ? {} : { since });
  for (const channel of channels) query.append('channel', channel);
  for (const pattern of patterns) query.append('pattern', pattern);
  for await (const { type, data, id } of eventStream(connection, `/v1/events?${query.toString()}`, {
    signal,
  })) {
    if (type === 'message') yield { type, ...(JSON.parse(data) as Schemas['MessageView']), cursor: id };
    else if (type === 'gap') yield { type, ...(JSON.parse(data) as Schemas['GapView']), cursor: id };
  }
}

/** Entries of a stream as they are appended, each once and in order, over any loss of the connection. */
export async function* tail(
  connection: Connection,
  stream: string,
  { from, after = '', signal }: TailOptions,
): AsyncGenerator<Schemas['StreamEntry'], void, undefined> {
  const query = from === undefined ? '' : `?from=${encodeURIComponent(from)}`;
  const path = `/v1/streams/${encodeURIComponent(stream)}/tail${query}`;
  for await (const { type, data } of eventStream(connection, path, { after, signal })) {
    if (type === 'message') yield JSON.parse(data) as Schemas['StreamEntry'];
  }
}
