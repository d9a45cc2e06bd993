/** Begins with a byte that nothing else in an answer has, and is found fast. */
const MARK = Buffer.from('^fan-out:');
const DIGITS = 8;
/** Bytes of a mark and its number. */
const LENGTH = MARK.length + DIGITS;
const [FIRST] = MARK;

/** A JSON document of 150 bytes that carries `number`. */
export const markedData = (number) =>
  '{"type":"published","slug":"my-article","author":"author-4711","title":"A headline of a few words, as most headlines are",' +
  `"mark":"${MARK.toString()}${String(number).padStart(DIGITS, '0')}"}`;

/** Finds the numbers in what comes on one connection, wherever it is cut. */
export class MarkReader {
  #rest;

  /**
   * Takes the next bytes, which may be overwritten afterwards, and calls `found` with each number.
   * @param {Buffer} bytes
   * @param {(number: number) => void} found
   */
  push(bytes, found) {
    const all = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = undefined;
    let at = 0;
    for (;;) {
      const place = all.indexOf(MARK, at);
      if (place === -1 || place + LENGTH > all.length) break;
      at = place + LENGTH;
      found(numberBefore(all, at));
    }
    for (let cut = Math.max(at, all.length - LENGTH + 1); cut < all.length; cut++) {
      if (all[cut] !== FIRST) continue;
      this.#rest = Buffer.from(all.subarray(cut));
      return;
    }
  }
}

function numberBefore(bytes, end) {
  let number = 0;
  for (let at = end - DIGITS; at < end; at++) number = number * 10 + bytes[at] - 48;
  return number;
}
