import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** One event of a stream as the wire has it. */
export interface StreamEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
  readonly retry: string | undefined;
  /** When it was read, by `performance.now()`. */
  readonly at: number;
}

/** A client of a `text/event-stream` that keeps all that it is sent. */
export class EventReader {
  readonly events: StreamEvent[] = [];
  ended = false;
  /** What an EventSource would send as Last-Event-ID. */
  lastEventId = '';
  private buffered = '';

  private constructor(
    private readonly sent: ClientRequest,
    readonly status: number,
    readonly contentType: string,
    private readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.take(chunk));
    response.on('close', () => (this.ended = true));
    response.on('error', () => (this.ended = true));
  }

  static async open(
    url: string,
    token: string | undefined,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<EventReader> {
    return await new Promise((resolve, reject) => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const sent = request(url, { agent: false, headers: { ...authorization, ...headers } }, (response) =>
        resolve(
          new EventReader(sent, response.statusCode ?? 0, response.headers['content-type'] ?? '', response),
        ),
      );
      sent.on('error', reject);
      sent.end();
    });
  }

  /** The data of all events of one kind, as JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers freely
  datas(event: string): any[] {
    return this.events.filter((each) => each.event === event).map(({ data }) => JSON.parse(data) as unknown);
  }

  /** Reads no more until `resume`: what it is sent from now on waits on the way. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  close(): void {
    this.sent.destroy();
  }

  private take(chunk: string): void {
    this.buffered += chunk;
    for (let end = this.buffered.indexOf('\n\n'); end >= 0; end = this.buffered.indexOf('\n\n')) {
      const fields = new Map<string, string>();
      for (const line of this.buffered.slice(0, end).split('\n')) {
        const colon = line.indexOf(': ');
        if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2));
      }
      this.buffered = this.buffered.slice(end + 2);
      const id = fields.get('id');
      this.lastEventId = id ?? this.lastEventId;
      const data = fields.get('data');
      if (data === undefined) continue;
      this.events.push({
        event: fields.get('event') ?? 'message',
        id,
        data,
        retry: fields.get('retry'),
        at: performance.now(),
      });
    }
  }
}
