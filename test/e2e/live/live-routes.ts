import { Controller, Get, Inject, Module, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Endpoint, type EndpointDefinition } from '../../../src/access/endpoint.js';
import { CredentialQuery } from '../../../src/transport/live/credential-query.dto.js';
import type { EventStream } from '../../../src/transport/sse/event-stream.js';
import { EventStreams } from '../../../src/transport/sse/event-streams.js';
import type { WebSocketConnection } from '../../../src/transport/websocket/web-socket-connection.js';
import { WebSockets } from '../../../src/transport/websocket/web-sockets.js';

/** The service's side of the live connections that tests open. */
export const opened: { sockets: WebSocketConnection[]; streams: EventStream[] } = {
  sockets: [],
  streams: [],
};

/** Routes with nothing but a live connection behind them; a WebSocket is sent back what it sends. */
class LiveRoutes {
  constructor(
    private readonly webSockets: WebSockets,
    private readonly eventStreams: EventStreams,
  ) {}

  socket(_query: CredentialQuery, reply: FastifyReply): void {
    const connection = this.webSockets.accept(reply);
    opened.sockets.push(connection);
    connection.onText((text) => connection.send(text));
  }

  stream(_query: CredentialQuery, reply: FastifyReply): void {
    opened.streams.push(this.eventStreams.start(reply));
  }
}

const endpoint = (name: string): EndpointDefinition => ({
  name: `live.${name}`,
  permission: 'authenticated',
  credentialInQuery: true,
});

// Vitest compiles decorators under src/ alone, so here they are called.
Controller('v1/live')(LiveRoutes);
Inject(WebSockets)(LiveRoutes, undefined, 0);
Inject(EventStreams)(LiveRoutes, undefined, 1);
for (const name of ['socket', 'stream'] as const) {
  const handler = Object.getOwnPropertyDescriptor(LiveRoutes.prototype, name);
  if (handler === undefined) throw new Error(`there is no ${name}`);
  Get(name)(LiveRoutes.prototype, name, handler);
  Endpoint(endpoint(name))(LiveRoutes.prototype, name, handler);
  Query()(LiveRoutes.prototype, name, 0);
  Res()(LiveRoutes.prototype, name, 1);
  Reflect.defineMetadata('design:paramtypes', [CredentialQuery, Object], LiveRoutes.prototype, name);
}

/** What `startService` takes as an extension. */
export class LiveRoutesModule {}
Module({ controllers: [LiveRoutes] })(LiveRoutesModule);
