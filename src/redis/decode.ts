/** A reply of Redis before anything is known about it. */
export type Reply = unknown;

/** Thrown when a reply does not have the shape that its script promises: a bug, never a client's fault. */
export class UnexpectedReplyError extends Error {
  override readonly name = 'UnexpectedReplyError';

  constructor(expected: string, reply: Reply) {
    super(`expected ${expected}, got ${Array.isArray(reply) ? `an array of ${reply.length}` : typeof reply}`);
  }
}

export function asText(reply: Reply): string {
  if (typeof reply !== 'string') throw new UnexpectedReplyError('a string', reply);
  return reply;
}

/** A number that Redis sent as an integer or as decimal text. */
export function asNumber(reply: Reply): number {
  const value = typeof reply === 'string' && reply !== '' ? Number(reply) : reply;
  if (typeof value !== 'number' || Number.isNaN(value)) throw new UnexpectedReplyError('a number', reply);
  return value;
}

export function asList(reply: Reply): readonly Reply[] {
  if (!Array.isArray(reply)) throw new UnexpectedReplyError('an array', reply);
  return reply;
}

export function asTextList(reply: Reply): string[] {
  return asList(reply).map(asText);
}

/** Nil, or what `decode` makes of anything else. */
export function asOptional<T>(reply: Reply, decode: (reply: Reply) => T): T | undefined {
  return reply === null || reply === undefined ? undefined : decode(reply);
}

/** A flat array as rows of `width`. */
export function asRows(reply: Reply, width: number): (readonly Reply[])[] {
  const flat = asList(reply);
  if (flat.length % width !== 0) throw new UnexpectedReplyError(`a multiple of ${width} values`, reply);
  const rows: (readonly Reply[])[] = [];
  for (let at = 0; at < flat.length; at += width) rows.push(flat.slice(at, at + width));
  return rows;
}
