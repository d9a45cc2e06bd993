const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const NOTHING = Buffer.alloc(0);

/**
 * Reads the HTTP/1.1 answers of one connection and says the status of each that is complete. Knows no more of the
 * protocol than a load generator needs: bodies are counted and not kept.
 */
export class AnswerReader {
  #rest = NOTHING;
  #bodyLeft = 0;
  #inChunks = false;
  #status = 0;

  /** @param {(status: number) => void} answered */
  constructor(answered) {
    this.answered = answered;
  }

  /** Forgets an answer that was cut off. */
  reset() {
    this.#rest = NOTHING;
    this.#bodyLeft = 0;
    this.#inChunks = false;
  }

  /**
   * Takes the next bytes; they may be overwritten afterwards.
   * @throws Error if they are no answer that this reader understands
   */
  push(chunk) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = NOTHING;
    let at = 0;
    while (at < bytes.length) {
      if (this.#bodyLeft > 0) at = this.#skip(bytes, at);
      else {
        const next = this.#inChunks ? this.#chunkSize(bytes, at) : this.#head(bytes, at);
        if (next === undefined) {
          this.#rest = Buffer.from(bytes.subarray(at));
          return;
        }
        at = next;
      }
    }
  }

  #skip(bytes, at) {
    const skipped = Math.min(this.#bodyLeft, bytes.length - at);
    this.#bodyLeft -= skipped;
    if (this.#bodyLeft === 0 && !this.#inChunks) this.answered(this.#status);
    return at + skipped;
  }

  /** Where the body begins; undefined while the head is incomplete. */
  #head(bytes, at) {
    const end = bytes.indexOf(HEAD_END, at);
    if (end === -1) return undefined;
    const head = bytes.latin1Slice(at, end);
    if (!head.startsWith('HTTP/1.')) throw new Error('no HTTP/1.1 answer');
    const status = Number(head.slice(9, 12));
    const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (status < 200) return end + HEAD_END.length;
    this.#status = status;
    this.#inChunks = length === undefined && /\ntransfer-encoding: *chunked/i.test(head);
    if (length === undefined && !this.#inChunks && status !== 204)
      throw new Error('an answer without a length');
    this.#bodyLeft = Number(length ?? 0);
    if (this.#bodyLeft === 0 && !this.#inChunks) this.answered(status);
    return end + HEAD_END.length;
  }

  /** Where the chunk's data begins; undefined while its size is incomplete. */
  #chunkSize(bytes, at) {
    const end = bytes.indexOf(LINE_END, at);
    if (end === -1) return undefined;
    const size = Number.parseInt(bytes.latin1Slice(at, end), 16);
    if (Number.isNaN(size)) throw new Error('a chunk without a size');
    this.#bodyLeft = size + LINE_END.length;
    // The empty chunk is the last one, and the line end after it the answer's last bytes.
    if (size === 0) this.#inChunks = false;
    return end + LINE_END.length;
  }
}
