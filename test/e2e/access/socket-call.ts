import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

/** What a request for a WebSocket came to: the answer that refuses it, or 101 and what a `ping` was answered. */
export interface SocketOutcome {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

export async function callSocket(url: string, token: string | undefined): Promise<SocketOutcome> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  try {
    return await new Promise((resolve, reject) => {
      let answered = new Headers();
      socket.on('error', reject);
      socket.on('upgrade', (response) => (answered = headersOf(response)));
      socket.on('open', () => socket.send('{"type": "ping"}'));
      socket.on('message', (data: Buffer) =>
        resolve({ status: 101, headers: answered, body: JSON.parse(data.toString()) }),
      );
      socket.on('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: headersOf(response),
            body: JSON.parse(Buffer.concat(chunks).toString()),
          }),
        );
      });
    });
  } finally {
    socket.removeAllListeners('error');
    socket.on('error', () => undefined);
    socket.terminate();
  }
}

function headersOf(response: IncomingMessage): Headers {
  return new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
}
