const CR = 13;
const PLUS = '+'.charCodeAt(0);
const MINUS = '-'.charCodeAt(0);
const COLON = ':'.charCodeAt(0);
const DOLLAR = '$'.charCodeAt(0);
const STAR = '*'.charCodeAt(0);

/** Cuts a stream of RESP2 bytes into whole requests or replies. */
export class RespScanner {
  private rest: Buffer = Buffer.alloc(0);

  /** The values that `chunk` completes, each with its bytes. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const values: Buffer[] = [];
    let at = 0;
    for (let end = endOf(bytes, at); end !== undefined; end = endOf(bytes, at)) {
      values.push(bytes.subarray(at, end));
      at = end;
    }
    this.rest = bytes.subarray(at);
    return values;
  }
}

/** The words of a request, which is an array of bulk strings. */
export function wordsOf(request: Buffer): string[] {
  const words: string[] = [];
  let at = lineEnd(request, 0) ?? request.length;
  while (at < request.length) {
    const start = lineEnd(request, at) ?? request.length;
    const length = numberAt(request, at);
    words.push(request.toString('utf8', start, start + length));
    at = start + length + 2;
  }
  return words;
}

/** Where the value that begins at `at` ends; undefined while it is incomplete. */
function endOf(bytes: Buffer, at: number): number | undefined {
  if (at >= bytes.length) return undefined;
  let end = lineEnd(bytes, at);
  if (end === undefined) return undefined;
  switch (bytes[at]) {
    case PLUS:
    case MINUS:
    case COLON:
      return end;
    case DOLLAR: {
      const length = numberAt(bytes, at);
      const whole = length < 0 ? end : end + length + 2;
      return whole <= bytes.length ? whole : undefined;
    }
    case STAR: {
      for (let left = numberAt(bytes, at); left > 0; left--) {
        end = endOf(bytes, end);
        if (end === undefined) return undefined;
      }
      return end;
    }
    default:
      throw new Error(`no RESP2 value begins with byte ${bytes[at]}`);
  }
}

function lineEnd(bytes: Buffer, at: number): number | undefined {
  const cr = bytes.indexOf(CR, at);
  return cr === -1 || cr + 2 > bytes.length ? undefined : cr + 2;
}

function numberAt(bytes: Buffer, at: number): number {
  return Number(bytes.toString('latin1', at + 1, bytes.indexOf(CR, at)));
}
