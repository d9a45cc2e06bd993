const LINE_END = '\r\n';

/** The end of an answer in chunks. */
export const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** `text` as one chunk of an HTTP/1.1 answer. No text is no chunk: an empty one would end the answer. */
export function chunkOf(text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}${LINE_END}${text}${LINE_END}`);
}

/** What the chunks in `chunks` hold, for an answer that is not sent in chunks. @throws Error if they are not whole */
export function unchunked(chunks: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < chunks.length;) {
    const lineEnd = chunks.indexOf(LINE_END, at);
    const size = lineEnd < 0 ? NaN : Number.parseInt(chunks.toString('latin1', at, lineEnd), 16);
    const begin = lineEnd + LINE_END.length;
    const end = begin + size;
    if (!(end + LINE_END.length <= chunks.length)) throw new Error('these are no whole chunks');
    parts.push(chunks.subarray(begin, end));
    at = end + LINE_END.length;
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}
