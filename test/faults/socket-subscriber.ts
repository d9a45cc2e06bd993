import { setTimeout as pause } from 'node:timers/promises';
import { ADMIN_KEY } from '../support/service.js';
import { SocketClient } from '../support/socket-client.js';

const RETRY_MS = 25;
const POLL_MS = 5;
/** The close code of a WebSocket whose server restarts. */
const SERVICE_RESTART = 1012;

export interface Gap {
  readonly from: string | null;
  readonly to: string;
  /** How many messages came before it. */
  readonly had: number;
}

/** What a subscriber of a channel got. */
export interface Received {
  /** Whether it has a place in the channel. */
  isThere: boolean;
  /** How often each message came, in the order of their coming. */
  readonly ids: Map<string, number>;
  readonly gaps: Gap[];
}

interface Subscription {
  readonly urls: () => readonly string[];
  readonly channel: string;
  readonly received: Received;
  readonly isOver: () => boolean;
  readonly onMessage: () => void;
  /** A connection has ended, of which `isTold` says whether the service told so before, in both ways. */
  readonly onEnd: (isTold: boolean) => void;
}

/** Follows a channel by WebSockets, each of which goes on where the one before it was. */
export async function subscribeBySocket(subscription: Subscription): Promise<void> {
  const { urls, channel, received, isOver, onMessage, onEnd } = subscription;
  let place: string | undefined;
  for (let tries = 0; !isOver(); tries++) {
    const client = await SocketClient.open(urls()[tries % urls().length] ?? '', ADMIN_KEY).catch(
      () => undefined,
    );
    if (client === undefined) {
      await pause(RETRY_MS);
      continue;
    }
    client.send({ type: 'subscribe', channel, ...(place === undefined ? {} : { since: place }) });
    let isTold = false;
    for (let isClosed = false; !isClosed && !isOver();) {
      isClosed = client.closed !== undefined;
      for (const frame of client.frames.splice(0)) {
        if (frame.type === 'subscribed') place ??= String(frame.position);
        received.isThere ||= place !== undefined;
        if (frame.type === 'end') isTold = true;
        if (frame.type === 'gap') {
          received.gaps.push({ from: frame.from, to: String(frame.to), had: received.ids.size });
          place = String(frame.to);
        }
        if (frame.type !== 'message') continue;
        place = String(frame.id);
        received.ids.set(place, (received.ids.get(place) ?? 0) + 1);
        onMessage();
      }
      await pause(POLL_MS);
    }
    onEnd(isTold && client.closed?.code === SERVICE_RESTART);
    client.close();
    await pause(RETRY_MS);
  }
}
