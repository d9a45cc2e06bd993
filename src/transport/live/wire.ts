import type { Socket } from 'node:net';

/** What is told of a socket that it has to itself. */
export interface WireOwner {
  /** The socket, having been full, can take more. */
  wireDrained(): void;
  /** The socket is closed, by whichever side. */
  wireClosed(): void;
}

const OWNER = Symbol('owner');

/** A socket with its owner on it: the listeners are the same functions for all, where closures would be one set for each. */
type Wire = Socket & { [OWNER]?: WireOwner };

function drained(this: Wire): void {
  this[OWNER]?.wireDrained();
}

function closed(this: Wire): void {
  this[OWNER]?.wireClosed();
}

/** What went wrong is followed by the close, which says all that is to be known. */
function failed(): void {}

/** Tells `owner` from here on what happens to `socket`, and keeps its errors from being nobody's. */
export function ownWire(socket: Wire, owner: WireOwner): void {
  socket[OWNER] = owner;
  socket.on('drain', drained);
  socket.on('close', closed);
  socket.on('error', failed);
}
