import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { WebSocketServer } from 'ws';
import { authorizationOf, callerOf } from '../../access/call-source.js';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { AppError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import { END_PATIENCE_MS } from '../live/live-connection.js';
import { LiveConnections } from '../live/live-connections.js';
import { checkHandshake, checkOrigin, SUBPROTOCOL } from './handshake.js';
import { LiveWebSocket } from './live-web-socket.js';
import { endUpgrade, webSocketHead } from './upgrades.js';
import { WebSocketConnection } from './web-socket-connection.js';

const OPTIONS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  // A client that asks and does not read would be answered without bound.
  autoPong: false,
  maxPayload: 1_048_576,
  closeTimeout: END_PATIENCE_MS,
  handleProtocols: (offered: Set<string>) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  WebSocket: LiveWebSocket,
};

/** Opens WebSockets. */
@Injectable()
export class WebSockets {
  private readonly server = new WebSocketServer(OPTIONS);
  /** What the answer of the handshake that is being made says besides. */
  private fields: readonly string[] = [];

  constructor(
    private readonly live: LiveConnections,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.server.on('headers', (lines) => lines.push(...this.fields));
  }

  /**
   * Makes a WebSocket of the connection of a request that asks for one. It lives until the client leaves, its credential
   * is no longer valid or the service stops.
   * @throws AppError `request.upgrade-required`, `request.malformed`, `access.origin-not-allowed`,
   * `live.too-many-connections`, `service.shutting-down`
   */
  accept(reply: FastifyReply): WebSocketConnection {
    const { request } = reply;
    const head = webSocketHead(request.raw);
    const { socket } = reply.raw;
    if (head === undefined || socket === null) {
      throw new AppError(requestErrors['upgrade-required'], 'Open a WebSocket here.');
    }
    checkHandshake(request.raw);
    checkOrigin(request, this.settings.CORS_ORIGINS);
    const caller = callerOf(request);
    if (caller === undefined) throw new Error('a public route has no WebSocket');
    const release = this.live.reserve(caller);
    const connection = this.shakeHands(reply, socket, head);
    if (connection === undefined) {
      release();
      throw new AppError(requestErrors.malformed, 'The client has left.');
    }
    this.live.add(connection, caller, authorizationOf(request, request.endpoint));
    return connection;
  }

  /** Undefined if the client has left. */
  private shakeHands(reply: FastifyReply, socket: Socket, head: Buffer): WebSocketConnection | undefined {
    reply.hijack();
    this.fields = Object.entries(reply.getHeaders()).map(([name, value]) => `${name}: ${String(value)}`);
    let connection: WebSocketConnection | undefined;
    this.server.handleUpgrade(reply.request.raw, socket, head, (webSocket) => {
      connection = new WebSocketConnection(webSocket, socket);
    });
    endUpgrade(reply.request.raw, reply.raw, socket);
    return connection;
  }
}
