import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import WebSocket, { type ClientOptions } from 'ws';
import type { Answer } from './api-client.js';

/** A WebSocket client that keeps all that it is sent. */
export class SocketReader {
  readonly texts: string[] = [];
  pings = 0;
  /** The code and the reason with which it was closed. */
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(
    readonly socket: WebSocket,
    readonly headers: IncomingMessage['headers'],
  ) {}

  /** @throws Error if the service does not accept it */
  static async open(
    url: string,
    token: string | undefined,
    options: ClientOptions = {},
  ): Promise<SocketReader> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), ['fulcrum'], {
      ...options,
      headers: { ...authorized(token), ...options.headers },
    });
    let headers: IncomingMessage['headers'] = {};
    socket.on('upgrade', (response) => (headers = response.headers));
    const texts: string[] = [];
    socket.on('message', (data: Buffer) => texts.push(data.toString()));
    await once(socket, 'open');
    const reader = new SocketReader(socket, headers);
    reader.take(texts);
    return reader;
  }

  /** The answer that refuses a WebSocket. */
  static async refused(url: string, token: string | undefined, options: ClientOptions = {}): Promise<Answer> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), {
      ...options,
      headers: { ...authorized(token), ...options.headers },
    });
    return await new Promise((resolve, reject) => {
      socket.on('open', () => reject(new Error('the WebSocket was accepted')));
      socket.on('error', reject);
      socket.on('unexpected-response', (_request, response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          const headers = new Headers();
          for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value));
          resolve({ status: response.statusCode ?? 0, headers, body: text === '' ? '' : JSON.parse(text) });
        });
      });
    });
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers freely
  frames(): any[] {
    return this.texts.map((text) => JSON.parse(text) as unknown);
  }

  close(): void {
    this.socket.terminate();
  }

  private take(early: readonly string[]): void {
    this.texts.push(...early);
    this.socket.removeAllListeners('message');
    this.socket.on('message', (data: Buffer) => this.texts.push(data.toString()));
    this.socket.on('ping', () => (this.pings += 1));
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
  }
}

function authorized(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
