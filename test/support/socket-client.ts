import { once } from 'node:events';
import { WebSocket } from 'ws';
import { waitUntil } from './wait-until.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into frames freely
type Frame = Record<string, any>;

/** A WebSocket client of `/v1/socket` that keeps all that it is sent. */
export class SocketClient {
  readonly frames: Frame[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  private refs = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString('utf8')) as Frame));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  static async open(
    url: string,
    token: string | undefined,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SocketClient> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/socket`, {
      headers: { ...authorization, ...headers },
    });
    const client = new SocketClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Frames of one type. */
  of(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** Sends `frame` with a ref of its own and gives the answer to it. */
  async ask(frame: object): Promise<Frame> {
    const ref = `ref${++this.refs}`;
    this.send({ ...frame, ref });
    return await waitUntil('an answer', () => this.frames.find((each) => each.ref === ref));
  }

  close(): void {
    this.socket.terminate();
  }
}
