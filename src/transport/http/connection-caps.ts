import type { Server, Socket } from 'node:net';
import { connectionsRefused } from '../../telemetry/metrics.js';
import { networkOf } from '../rate-limiting/address-of.js';

/** The event of a server by which HTTP gets a connection that has been counted. */
export const COUNTED = 'countedConnection';

/** Most connections at a time. */
export interface ConnectionCaps {
  readonly maxConnections: number;
  /** Of one IPv4 address, or one /64 of IPv6. */
  readonly maxConnectionsPerAddress: number;
}

/**
 * Closes connections beyond `caps` at once: before TLS, before a byte is read, and with a reset, so that they leave
 * nothing behind here. What a network may open besides is unchanged by those it tried in vain.
 */
export function capConnections(server: Server, caps: ConnectionCaps): void {
  server.maxConnections = caps.maxConnections;
  server.on('drop', () => connectionsRefused.inc({ reason: 'total' }));
  const open = new Map<string, number>();
  const accept = server.listeners('connection');
  // Node calls every listener, and HTTP's own would set up a parser for a connection that is gone.
  server.removeAllListeners('connection');
  server.on(COUNTED, (socket: Socket) => {
    for (const listener of accept) Reflect.apply(listener, server, [socket]);
  });
  server.on('connection', (socket: Socket) => {
    if (socket.remoteAddress === undefined) {
      // Its client has left already.
      socket.destroy();
      return;
    }
    const network = networkOf(socket.remoteAddress);
    const count = open.get(network) ?? 0;
    if (count >= caps.maxConnectionsPerAddress) {
      connectionsRefused.inc({ reason: 'address' });
      socket.resetAndDestroy();
      return;
    }
    open.set(network, count + 1);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left === 0) open.delete(network);
      else open.set(network, left);
    });
    server.emit(COUNTED, socket);
  });
}
