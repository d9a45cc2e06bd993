import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range that systems take outgoing ports from. From inside it, a client that reconnects
// while the server is away could be given the server's own port, and the server could not return.
const LOWEST = 10_000;
const HIGHEST = 32_767;
const PROBES = 100;

/** Returns a port of 127.0.0.1 on which nothing listened a moment ago. */
export async function freePort(): Promise<number> {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    const server = createServer();
    try {
      server.listen({ host: '127.0.0.1', port, exclusive: true });
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
      return port;
    } catch {
      continue;
    }
  }
  throw new Error(`no free port of 127.0.0.1 in ${PROBES} probes`);
}
