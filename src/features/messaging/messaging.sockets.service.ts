import { Injectable } from '@nestjs/common';
import type { Caller, Credential } from '../../access/caller.js';
import { RequestLimiter } from '../../transport/rate-limiting/request-limiter.js';
import { ServiceLimits } from '../../transport/rate-limiting/service-limits.js';
import type { WebSocketConnection } from '../../transport/websocket/web-socket-connection.js';
import { LiveService } from './messaging.live.service.js';
import { MessagesService } from './messaging.messages.service.js';
import { type SessionServices, SocketSession } from './messaging.socket-session.js';

/** Answers the frames of WebSocket clients. */
@Injectable()
export class SocketsService implements SessionServices {
  constructor(
    readonly live: LiveService,
    readonly messages: MessagesService,
    private readonly limits: ServiceLimits,
    private readonly limiter: RequestLimiter,
  ) {}

  /** Listens to a client's frames from here on. */
  begin(connection: WebSocketConnection, caller: Caller): void {
    new SocketSession(connection, caller, this);
  }

  async charge(credential: Credential): Promise<void> {
    const { refusal } = await this.limiter.charge(this.limits.ofCaller(credential, 1));
    if (refusal) throw refusal;
  }
}
