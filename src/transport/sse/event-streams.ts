import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { authorizationOf, callerOf } from '../../access/call-source.js';
import { LiveConnections } from '../live/live-connections.js';
import { EventStream } from './event-stream.js';

/** Opens event streams. */
@Injectable()
export class EventStreams {
  constructor(private readonly live: LiveConnections) {}

  /**
   * Answers with an event stream that lives until the client leaves, its credential is no longer valid or the service
   * stops.
   * @throws AppError `live.too-many-connections`, `service.shutting-down`
   */
  start(reply: FastifyReply): EventStream {
    const caller = callerOf(reply.request);
    if (caller === undefined) throw new Error('a public route has no event stream');
    this.live.reserve(caller);
    // From here on nothing fails: an answer that cannot be sent is a stream that closes.
    const stream = new EventStream(reply);
    this.live.add(stream, caller, authorizationOf(reply.request, reply.request.endpoint));
    return stream;
  }
}
