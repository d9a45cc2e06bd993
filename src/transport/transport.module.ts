import { Global, Module } from '@nestjs/common';
import { Idempotency } from './idempotency/idempotency.js';
import { MessageClaims } from './messages/message-claims.js';
import { Cursors } from './pagination/cursors.js';
import { ServiceSecret } from './pagination/service-secret.js';
import { LiveConnections } from './live/live-connections.js';
import { EventStreams } from './sse/event-streams.js';
import { WebSockets } from './websocket/web-sockets.js';

const shared = [
  Cursors,
  EventStreams,
  Idempotency,
  LiveConnections,
  MessageClaims,
  ServiceSecret,
  WebSockets,
];

@Global()
@Module({ providers: shared, exports: shared })
export class TransportModule {}
