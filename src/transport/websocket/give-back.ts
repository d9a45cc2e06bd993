import type { IncomingMessage, Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { COUNTED } from '../http/connection-caps.js';

/** Fields that say that another protocol is asked for, and how it would begin. */
const UPGRADE_FIELDS: ReadonlySet<string> = new Set(['upgrade', 'http2-settings']);

/**
 * Lets HTTP answer a request that asked for another protocol, as a server may that does not speak it. Its head was read
 * already, so it is written again without what asks for that; `rest` is what came after it.
 */
export function giveBackToHttp(server: Server, request: IncomingMessage, socket: Socket, rest: Buffer): void {
  socket.setTimeout(0);
  socket.unshift(Buffer.concat([headWithoutUpgrade(request), rest]));
  server.emit(server instanceof HttpsServer ? 'secureConnection' : COUNTED, socket);
}

/** The head of `request` as bytes; Node reads each byte of a field as one character. */
export function headWithoutUpgrade(
  request: Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>,
): Buffer {
  const { method = '', url = '', httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    const kept = name.toLowerCase() === 'connection' ? withoutUpgrade(value) : value;
    if (kept !== undefined && !UPGRADE_FIELDS.has(name.toLowerCase())) lines.push(`${name}: ${kept}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** What else a Connection field says; undefined if nothing. */
function withoutUpgrade(value: string): string | undefined {
  const options = value.split(',').map((option) => option.trim());
  const kept = options.filter((option) => !UPGRADE_FIELDS.has(option.toLowerCase()));
  return kept.length === 0 ? undefined : kept.join(', ');
}
