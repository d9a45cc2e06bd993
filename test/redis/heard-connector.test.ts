import { createServer, type Server, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HeardConnector } from '../../src/redis/heard-connector.js';
import { waitUntil } from '../support/wait-until.js';

let server: Server;

beforeAll(async () => {
  // Takes connections and says nothing, so that the client is still beginning.
  server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => server.close());

/** How many errors of one connection reach nobody. */
async function unheard(options: { Connector?: typeof HeardConnector }): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, ...options });
  client.on('error', () => undefined);
  const stream = await waitUntil(
    'there is a connection',
    () => client.stream as typeof client.stream | undefined,
  );
  let count = 0;
  for (let error = 0; error < 3; error++) {
    try {
      stream.emit('error', new Error('a late alert'));
    } catch {
      count++;
    }
  }
  client.disconnect();
  return count;
}

it('hears every error of a connection, where ioredis hears the first', async () => {
  expect(await unheard({ Connector: HeardConnector })).toBe(0);
  expect(await unheard({})).toBeGreaterThan(0);
});
