export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  /** The place after this event: what a client that comes back says. */
  readonly id: string;
}

/**
 * Reads a `text/event-stream`. An id without data is no event but counts as a place, as the standard has it: it is how the
 * service says where a subscription begins, before there is anything to send.
 */
export class EventParser {
  /** How long to wait before the next connection, if the service said so. */
  retryMs: number | undefined;
  private rest = '';
  private type = '';
  private data: string[] = [];
  private id: string | undefined;

  constructor(
    /** The place that the client has reached. */
    public lastEventId: string,
  ) {}

  /** The events that `text` completes, each with the place moved on to it when it is given. */
  *read(text: string): Generator<ServerEvent> {
    // A carriage return at the end may be half of a line's end.
    const lines = (this.rest + text).split(/\r\n|\n|\r(?=[^\n])/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') {
        this.take(line);
        continue;
      }
      const event = this.finish();
      if (event) yield event;
    }
  }

  private take(line: string): void {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.type = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
  }

  private finish(): ServerEvent | undefined {
    this.lastEventId = this.id ?? this.lastEventId;
    const { type, data, lastEventId: id } = this;
    this.type = '';
    this.data = [];
    this.id = undefined;
    return data.length === 0 ? undefined : { type: type || 'message', data: data.join('\n'), id };
  }
}
