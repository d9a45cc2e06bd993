import { Agent, type IncomingMessage, request as open } from 'node:http';
import type { FuzzRequest } from './fuzz-request.js';

/** What a request was answered, or that the connection ended without an answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const ANSWER_TIMEOUT_MS = 10_000;
/** The headers alone of a stream that has nothing to say yet. */
const STREAM_PATIENCE_MS = 1000;

/** Sends requests as they are over connections that are kept, with nothing made well-formed on the way. */
export class Wire {
  // Without a limit, so that a request always knows whether its connection was used before.
  private readonly agent = new Agent({ keepAlive: true });
  private readonly base: URL;

  constructor(url: string) {
    this.base = new URL(url);
  }

  /** A kept connection may have been closed by the time that it is used again; such a request is sent once more. */
  async send(request: FuzzRequest): Promise<WireAnswer> {
    for (;;) {
      try {
        return await this.attempt(request);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private attempt({ method, target, headers, body }: FuzzRequest): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.base;
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const sent = open({
        agent: this.agent,
        ...{ hostname, port, method, path: target, headers: { ...headers, ...length } },
      });
      const timeout = setTimeout(() => sent.destroy(new Error('no answer in 10 s')), ANSWER_TIMEOUT_MS);
      sent.on('response', (response) => {
        read(response)
          .then(resolve, reject)
          .finally(() => clearTimeout(timeout));
      });
      sent.on('error', (error) => {
        clearTimeout(timeout);
        const isStale =
          sent.reusedSocket && 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code));
        reject(isStale ? new StaleConnection() : error);
      });
      sent.end(body);
    });
  }
}

class StaleConnection extends Error {}

/** The whole answer; of an event stream its first event, and then the connection is closed. */
async function read(response: IncomingMessage): Promise<WireAnswer> {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
  );
  const isStream = headers['content-type']?.startsWith('text/event-stream') ?? false;
  const chunks: Buffer[] = [];
  const patience = isStream ? setTimeout(() => response.destroy(), STREAM_PATIENCE_MS) : undefined;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      if (isStream && (chunk as Buffer).includes('\n\n')) break;
    }
  } catch (error) {
    if (!isStream) throw error;
  } finally {
    clearTimeout(patience);
  }
  return { status: response.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString() };
}
