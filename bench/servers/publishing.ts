import { createServer, type IncomingMessage, type Server } from 'node:http';

/** What the load generator asks to be published. */
export interface Publication {
  readonly channel: string;
  readonly messages: readonly unknown[];
}

/** A server whose `POST` publishes; what else it serves is added to it. */
export function publishingServer(publish: (publication: Publication) => Promise<void>): Server {
  return createServer((request, response) => {
    const answer = (status: number) => {
      response.writeHead(status).end();
    };
    readBody(request)
      .then((text) => publish(JSON.parse(text) as Publication))
      .then(
        () => answer(200),
        () => answer(500),
      );
  });
}

/** The channel that a client names in its URL. */
export function channelOf({ url }: IncomingMessage): string {
  return new URL(url ?? '', 'http://localhost').searchParams.get('channel') ?? '';
}

/** Says where it listens as the benchmark expects it. */
export function listen(server: Server): void {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('there is no port');
    process.stderr.write(`http://127.0.0.1:${address.port}\n`);
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
