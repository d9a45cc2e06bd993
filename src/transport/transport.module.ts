import { Global, Module } from '@nestjs/common';
import { Idempotency } from './idempotency/idempotency.js';
import { MessageClaims } from './messages/message-claims.js';
import { Cursors } from './pagination/cursors.js';
import { ServiceSecret } from './pagination/service-secret.js';
import { EventStreams } from './sse/event-streams.js';

const shared = [Cursors, EventStreams, Idempotency, MessageClaims, ServiceSecret];

@Global()
@Module({ providers: shared, exports: shared })
export class TransportModule {}
