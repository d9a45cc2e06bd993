import { SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

/** A message of a channel as a listener in process gets it. */
export interface ListenedMessage {
  readonly type: 'message';
  readonly channel: string;
  readonly id: string;
  readonly data: unknown;
  readonly tags?: readonly string[];
  /** ISO 8601, in UTC. */
  readonly publishedAt: string;
}

/** Says that messages after the id `from`, up to the position `to`, may be missing; they are kept no longer. */
export interface ListenedGap {
  readonly type: 'gap';
  readonly channel: string;
  readonly from: string | null;
  readonly to: string;
}

/** What a listener listens to: one channel by its name, or all whose names match a pattern. */
export interface ListenerOptions {
  readonly channel?: string;
  /** `*` stands for any characters and `?` for one. */
  readonly pattern?: string;
  /** `default` if left out. */
  readonly tenant?: string;
}

/** What is done with a message. Messages of one channel come in order; what it throws is logged, and the next one comes. */
export type ChannelHandler = (event: ListenedMessage | ListenedGap) => unknown;

const LISTENER = Symbol('channel listener');
const reflector = new Reflector();

/**
 * Makes a provider's method a `ChannelHandler`, in every process of the service: each of them gets each message that is
 * published while it runs, and out of the history what was published while it had lost Redis.
 */
export const ChannelListener = (options: ListenerOptions) => SetMetadata(LISTENER, options);

/** What `ChannelListener` said of a method; undefined if it says nothing. */
export function listenerOptionsOf(method: (...args: never[]) => unknown): ListenerOptions | undefined {
  return reflector.get<ListenerOptions | undefined>(LISTENER, method);
}
