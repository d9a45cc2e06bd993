import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { forgetDetached, noteDetached } from '../live/detached-sockets.js';
import { isLeavingHttp } from '../live/leave-http.js';
import { giveBackToHttp } from './give-back.js';

/** What came after the head of a request that asks for a WebSocket. */
const heads = new WeakMap<IncomingMessage, Buffer>();

/** Undefined if `request` asks for no WebSocket, or has got one. */
export function webSocketHead(request: IncomingMessage): Buffer | undefined {
  return heads.get(request);
}

/**
 * Takes the requests that ask for a WebSocket through the hooks, guards and filters of every other; a controller accepts
 * them by `WebSockets`, and any other answer ends the connection. Node gives every request with `Upgrade` to whoever
 * listens for it, instead of answering it: what asks for something else is given back.
 */
export function takeUpgrades(adapter: FastifyAdapter): void {
  const { server } = adapter.getInstance();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isLeavingHttp(request)) return;
    if (!(socket instanceof Socket)) {
      socket.destroy();
      return;
    }
    noteDetached(server, socket);
    socket.on('error', destroy);
    socket.on('drain', passDrain);
    afterEarlierAnswers(socket, () => {
      if (asksForWebSocket(request)) {
        heads.set(request, head);
        route(server, request, socket);
        return;
      }
      release(socket);
      forgetDetached(server, socket);
      giveBackToHttp(server, request, socket, head);
    });
  });
}

/** Ends the request of an answer that was begun for a WebSocket, for the hooks too; its socket is the caller's. */
export function endUpgrade(request: IncomingMessage, answer: ServerResponse, socket: Socket): void {
  heads.delete(request);
  release(socket);
  answer.off('finish', closeConnection);
  answer.statusCode = 101;
  answer.emit('finish');
  answer.detachSocket(socket);
  answer.emit('close');
}

/** A request with a body is none, whatever it says: what follows its head would be taken for frames. */
function asksForWebSocket({ method, httpVersion, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['transfer-encoding'] === undefined &&
    (headers['content-length'] ?? '0') === '0'
  );
}

/** A connection carries one answer at a time, and a client need not wait for one before its next request. */
function afterEarlierAnswers(socket: Socket, next: () => void): void {
  const answer = answerUnderWay(socket);
  if (answer) answer.once('close', () => afterEarlierAnswers(socket, next));
  else if (socket.writable) next();
  else socket.destroy();
}

function route(server: Server, request: IncomingMessage, socket: Socket): void {
  const answer = new ServerResponse(request);
  answer.shouldKeepAlive = false;
  answer.assignSocket(socket);
  answer.on('finish', closeConnection);
  server.emit('request', request, answer);
}

function answerUnderWay(socket: Socket): ServerResponse | undefined {
  // Node keeps it here.
  const answer: unknown = Reflect.get(socket, '_httpMessage');
  return answer instanceof ServerResponse ? answer : undefined;
}

/** Takes back what stood in for HTTP, which listens no longer. */
function release(socket: Socket): void {
  socket.off('error', destroy);
  socket.off('drain', passDrain);
}

function destroy(this: Socket): void {
  this.destroy();
}

function passDrain(this: Socket): void {
  answerUnderWay(this)?.emit('drain');
}

function closeConnection(this: ServerResponse): void {
  this.socket?.destroySoon();
}
