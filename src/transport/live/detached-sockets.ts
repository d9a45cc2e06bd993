import type { Server, Socket } from 'node:net';

/** The sockets of one server that HTTP no longer knows, and what takes a closed one out. */
interface Detached {
  readonly sockets: Set<Socket>;
  readonly forget: (this: Socket) => void;
}

const detached = new WeakMap<Server, Detached>();

/** Remembers a socket that the server's own lists of connections have lost: `closeAllConnections` passes over it. */
export function noteDetached(server: Server, socket: Socket): void {
  const { sockets, forget } = detached.get(server) ?? begin(server);
  if (sockets.has(socket)) return;
  sockets.add(socket);
  socket.once('close', forget);
}

/** The server knows the socket again. */
export function forgetDetached(server: Server, socket: Socket): void {
  const known = detached.get(server);
  if (known === undefined) return;
  known.sockets.delete(socket);
  socket.off('close', known.forget);
}

/** Cuts off every socket that has left HTTP and is still open. */
export function destroyDetached(server: Server): void {
  for (const socket of detached.get(server)?.sockets ?? []) socket.destroy();
}

function begin(server: Server): Detached {
  const sockets = new Set<Socket>();
  const made: Detached = {
    sockets,
    forget() {
      sockets.delete(this);
    },
  };
  detached.set(server, made);
  return made;
}
