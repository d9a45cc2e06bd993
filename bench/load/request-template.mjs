const SLOT = /<(random|counter|user):(\d+)>/g;

/**
 * A request as bytes, with slots of fixed width that get other digits in each request, so that sending one costs
 * little and no two are alike: `<random:6>`, `<counter:6>`, and `<user:6>`, the number of the connection.
 */
export class RequestTemplate {
  #text;
  #slots = [];
  #random;
  #counter = 0;

  /**
   * @param {{method: string, path: string, headers?: Record<string, string>, body?: string}} request
   * @param {() => number} random numbers from 0 up to 1
   */
  constructor({ method, path, headers = {}, body }, random) {
    this.#random = random;
    const length = body === undefined ? undefined : Buffer.byteLength(withDigits(body));
    const lines = [
      `${method} ${path} HTTP/1.1`,
      'host: 127.0.0.1',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(length === undefined ? [] : ['content-type: application/json', `content-length: ${length}`]),
    ];
    const text = `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
    this.#text = withDigits(text);
    let shorter = 0;
    for (const match of text.matchAll(SLOT)) {
      const width = Number(match[2]);
      const at = Buffer.byteLength(this.#text.slice(0, match.index - shorter));
      shorter += match[0].length - width;
      this.#slots.push({ kind: match[1], at, width, below: 10 ** width });
    }
  }

  /** A request for one connection, to be filled before each time that it is sent. */
  newRequest(user) {
    const bytes = Buffer.from(this.#text);
    for (const slot of this.#slots) if (slot.kind === 'user') write(bytes, slot, user);
    return bytes;
  }

  fill(bytes) {
    for (const slot of this.#slots) {
      if (slot.kind === 'random') write(bytes, slot, Math.floor(this.#random() * slot.below));
      else if (slot.kind === 'counter') write(bytes, slot, this.#counter++);
    }
  }
}

/** The text with zeros in its slots. */
export function withDigits(text) {
  return text.replace(SLOT, (_slot, _kind, width) => '0'.repeat(Number(width)));
}

function write(bytes, { at, width, below }, value) {
  let left = value % below;
  for (let digit = at + width - 1; digit >= at; digit--) {
    bytes[digit] = 48 + (left % 10);
    left = Math.floor(left / 10);
  }
}
