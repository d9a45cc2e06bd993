import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Authenticator } from '../../access/authenticator.js';
import { AppError } from '../../errors/app-error.js';
import { serviceErrors } from '../../errors/core.errors.js';
import { liveConnections } from '../../telemetry/metrics.js';
import { EventStream } from './event-stream.js';

const HEARTBEAT_MS = 15_000;
const CREDENTIAL_CHECK_MS = 400;
const RECONNECT_MS = 1000;

/** All event streams of this node: heartbeats, an end for revoked credentials, and an end at shutdown. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly open = new Set<EventStream>();
  private closing = false;

  constructor(private readonly authenticator: Authenticator) {}

  /**
   * Answers with an event stream that lives until the client leaves, its credential is revoked or the
   * service stops.
   * @throws AppError `service.shutting-down`
   */
  start(reply: FastifyReply): EventStream {
    if (this.closing) {
      throw new AppError(serviceErrors['shutting-down'], 'Connect again in a moment.', {
        retryable: true,
        retryAfterMs: RECONNECT_MS,
      });
    }
    const stream = new EventStream(reply);
    const heartbeat = setInterval(() => stream.heartbeat(), HEARTBEAT_MS);
    const check = setInterval(
      () => void this.endIfRevoked(stream, reply.request.headers.authorization),
      CREDENTIAL_CHECK_MS,
    );
    this.open.add(stream);
    liveConnections.inc();
    stream.onClose(() => {
      clearInterval(heartbeat);
      clearInterval(check);
      this.open.delete(stream);
      liveConnections.dec();
    });
    return stream;
  }

  beforeApplicationShutdown(): void {
    this.closing = true;
    for (const stream of this.open) stream.end('the service is shutting down', RECONNECT_MS);
  }

  private async endIfRevoked(stream: EventStream, authorization: string | undefined): Promise<void> {
    try {
      await this.authenticator.authenticate(authorization);
    } catch (error) {
      // While Redis is away nobody can say whether a credential still stands; the stream stays.
      if (error instanceof AppError && error.kind === 'unauthenticated') stream.end(error.code, RECONNECT_MS);
    }
  }
}
