import { ServerRedis } from '@nestjs/microservices';
import { messageRequestId } from '../../access/call-source.js';
import { AppError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import type { RedisClient } from '../../redis/redis-client.js';
import { log } from '../../telemetry/log.js';
import { MAX_BODY_BYTES } from '../body-limit.js';
import { problemOf } from '../problem/problem.js';
import { reportProblem } from '../problem/refusals.js';
import { parseJson } from '../validation/parse-json.js';
import type { MessageClaims } from './message-claims.js';
import { outlineOf } from './packet-outline.js';

type Publisher = { publish(channel: string, message: string): Promise<unknown> };

/** What the server needs of the rest of the service. */
export interface SingleDeliveryOptions {
  readonly claims: Pick<MessageClaims, 'claim'>;
  readonly connect: (role: 'sub' | 'pub') => RedisClient;
  /** Longest time that closing waits for the requests that run, in ms. */
  readonly graceMs: number;
}

const MAX_PACKET_ID_LENGTH = 128;

/**
 * Nest's Redis transport with each request executed by exactly one replica. Redis hands a published request
 * to every replica; here each of them tries to claim the packet's id first, and the losers stay silent.
 * A packet without an id (`emit` on a request pattern) reaches no handler, since nothing could tell its
 * copies apart. Events with patterns of their own stay broadcast.
 */
export class SingleDeliveryServer extends ServerRedis {
  private readonly connections: RedisClient[] = [];
  private running = 0;
  private closing = false;
  private drained: (() => void) | undefined;

  constructor(private readonly delivery: SingleDeliveryOptions) {
    super({});
  }

  /** Nest asks for the subscriber first, then for the publisher. */
  override async createRedisClient(): Promise<RedisClient> {
    const connection = this.delivery.connect(this.connections.length === 0 ? 'sub' : 'pub');
    this.connections.push(connection);
    return Promise.resolve(connection);
  }

  /** Calls back when every pattern is subscribed, so that a ready service misses no request. */
  override start(callback?: (error?: unknown) => void): void {
    const [subscriber, publisher] = this.connections;
    if (!subscriber || !publisher) throw new Error('the transport starts before it has its connections');
    Promise.all([subscriber.connect(), publisher.connect()])
      .then(async () => {
        subscriber.on('message', (channel: string, buffer: string) => {
          this.handleMessage(channel, buffer, publisher, channel).catch((error: unknown) =>
            this.handleError(error),
          );
        });
        await subscriber.subscribe(...this.messageHandlers.keys());
        callback?.();
      })
      .catch((error: unknown) => callback?.(error));
  }

  override async handleMessage(
    channel: string,
    buffer: string,
    pub: Publisher,
    pattern: string,
  ): Promise<void> {
    if (this.getHandlerByPattern(channel)?.isEventHandler) {
      await super.handleMessage(channel, buffer, pub, pattern);
      return;
    }
    const isTooLarge = Buffer.byteLength(buffer) > MAX_BODY_BYTES;
    const packet: unknown = isTooLarge ? outlineOf(buffer) : this.parseMessage(buffer);
    const id: unknown = typeof packet === 'object' && packet !== null ? Reflect.get(packet, 'id') : undefined;
    if (this.closing || typeof id !== 'string' || id === '' || id.length > MAX_PACKET_ID_LENGTH) return;
    this.running++;
    let isOurs = false;
    try {
      isOurs = await this.delivery.claims.claim(id);
    } finally {
      if (!isOurs) this.finished();
    }
    if (!isOurs) return;
    const publish = this.getPublisher(pub, pattern, id);
    try {
      if (isTooLarge) throw new AppError(requestErrors['body-too-large'], 'A message has at most 1 MiB.');
      parseJson(buffer);
      await super.handleMessage(channel, buffer, pub, pattern);
    } catch (error) {
      const requestId = messageRequestId(Reflect.get(Object(packet), 'data'));
      const refusal = asRefusal(error);
      reportProblem(refusal, { requestId, transport: 'message', pattern });
      await publish({
        err: problemOf(refusal, requestId, `urn:fulcrum:request:${requestId}`),
        isDisposed: true,
      });
    }
  }

  override getPublisher(pub: Publisher, pattern: string, id: string) {
    return async (response: { err?: unknown; isDisposed?: boolean }): Promise<void> => {
      try {
        await pub.publish(this.getReplyPattern(pattern), JSON.stringify({ ...response, id }));
      } catch (error) {
        // The caller's timeout tells it the same as a lost reply would.
        log.warn({ event: 'message.reply.lost', pattern, err: error }, 'could not send a reply');
      }
      if (response.isDisposed) this.finished();
    };
  }

  override handleError(error: unknown): void {
    log.error({ event: 'message.failure', err: error }, 'a message could not be handled');
  }

  /** Leaves its patterns, waits for what runs, then disconnects; within `graceMs`, whatever Redis does. */
  override async close(): Promise<void> {
    const tooLate = new Promise<void>((resolve) => void setTimeout(resolve, this.delivery.graceMs).unref());
    const [subscriber] = this.connections;
    if (subscriber?.status === 'ready') {
      // What Redis hands out before it takes this is still answered: no other replica may be there to do so.
      const left = subscriber.unsubscribe(...this.messageHandlers.keys()).catch(() => undefined);
      await Promise.race([left, tooLate]);
    }
    this.closing = true;
    if (this.running > 0) {
      const drained = new Promise<void>((resolve) => (this.drained = resolve));
      await Promise.race([drained, tooLate]);
    }
    this.isManuallyClosed = true;
    // Not QUIT: without a connection its answer never comes.
    for (const connection of this.connections) connection.disconnect();
  }

  private finished(): void {
    this.running--;
    if (this.running === 0) this.drained?.();
  }
}

function asRefusal(error: unknown): AppError {
  return error instanceof AppError
    ? error
    : new AppError(requestErrors.malformed, 'The message cannot be read.');
}
