import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { noteDetached } from './detached-sockets.js';

const leaving = new WeakSet<IncomingMessage>();

/** Whether the server's `upgrade` event for `request` is one that `leaveHttp` brought about. */
export function isLeavingHttp(request: IncomingMessage): boolean {
  return leaving.has(request);
}

/**
 * Takes the connection of an answer without end off HTTP: its head is sent, and what follows goes straight to the socket
 * that this returns. HTTP keeps a parser, the request and the answer for each connection, about 8 KB that an event stream
 * has no use for. Node lets go of them when a request turns out to be an upgrade, and looks for that after each piece of
 * data; so the request is declared one, and an empty piece arrives. Not to be called while a request is being parsed.
 *
 * Undefined, and all is as it was, where it cannot be done: other answers are under way on the connection, the answer is
 * not chunked, nobody listens for upgrades (`takeUpgrades`), or a later Node works in another way.
 */
export function leaveHttp(reply: FastifyReply): Socket | undefined {
  const { raw: answer } = reply;
  const { raw: request } = reply.request;
  const { socket } = answer;
  const { server } = reply.server;
  if (socket === null || !answer.chunkedEncoding || !isAloneOn(socket, request)) return undefined;
  // Node would take it that the connection is of no use to anybody.
  if (server.listenerCount('upgrade') === 0) return undefined;
  leaving.add(request);
  Reflect.set(request, 'upgrade', true);
  socket.emit('data', Buffer.alloc(0));
  if (parserOf(socket) !== undefined) {
    Reflect.set(request, 'upgrade', false);
    return undefined;
  }
  noteDetached(server, socket);
  concludeAnswer(answer);
  // The end of an answer begins the wait for the next request.
  socket.setTimeout(0);
  // What the client still sends, after a request that is never over, is dropped; that it ends is noticed.
  socket.on('end', destroy);
  socket.resume();
  return socket;
}

/** Lets Node and the hooks do what they do at the end of an answer: for HTTP it is over, and measured, with its head. */
export function concludeAnswer(answer: ServerResponse): void {
  // Otherwise Node would close the connection of a client that asked for no other answer.
  Reflect.set(answer, '_last', false);
  answer.emit('finish');
}

/** Whether `request` has arrived whole and is the last that came on `socket`, and its answer the one under way. */
function isAloneOn(socket: Socket, request: IncomingMessage): boolean {
  const parser = parserOf(socket);
  return (
    request.complete &&
    parser !== undefined &&
    Reflect.get(parser, 'incoming') === request &&
    // Node stops reading from a client that sends requests but reads no answers.
    Reflect.get(socket, '_paused') === false
  );
}

function parserOf(socket: Socket): object | undefined {
  const parser: unknown = Reflect.get(socket, 'parser');
  return typeof parser === 'object' && parser !== null ? parser : undefined;
}

function destroy(this: Socket): void {
  this.destroy();
}
