import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HeardConnector, LeavingConnector } from './heard-connector.js';

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** What is still read of a server that answers when it sees that it is left. */
async function readAfterLeaving(Connector: typeof HeardConnector): Promise<string> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  cleanups.push(() => server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const connector = new Connector({ host: '127.0.0.1', port, disconnectTimeout: 1000 });
  const stream = await connector.connect();
  await once(stream, 'connect');
  const [socket] = await accepted;
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end('too late'));
  socket.resume();
  let read = '';
  stream.on('data', (chunk: Buffer) => (read += chunk.toString()));
  connector.disconnect();
  await once(stream, 'close');
  return read;
}

describe('a connection that is left', () => {
  it('is read no more where nobody listens', async () => {
    expect(await readAfterLeaving(LeavingConnector)).toBe('');
  });

  it('is read to its end where somebody waits for an answer', async () => {
    expect(await readAfterLeaving(HeardConnector)).toBe('too late');
  });
});
