import WebSocket, { type RawData } from 'ws';

/** What is told of a WebSocket that it has to itself. */
export interface WebSocketOwner {
  received(data: RawData, isBinary: boolean): void;
  pinged(data: Buffer): void;
  ponged(): void;
}

/** A WebSocket with its owner on it: the listeners are the same functions for all. */
export class LiveWebSocket extends WebSocket {
  owner: WebSocketOwner | undefined;

  ownedBy(owner: WebSocketOwner): void {
    this.owner = owner;
    this.on('message', received);
    this.on('ping', pinged);
    this.on('pong', ponged);
    this.on('error', failed);
  }
}

function received(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (this instanceof LiveWebSocket) this.owner?.received(data, isBinary);
}

function pinged(this: WebSocket, data: Buffer): void {
  if (this instanceof LiveWebSocket) this.owner?.pinged(data);
}

function ponged(this: WebSocket): void {
  if (this instanceof LiveWebSocket) this.owner?.ponged();
}

/** A frame breaks the protocol: ws closes with the code for that. */
function failed(): void {}
