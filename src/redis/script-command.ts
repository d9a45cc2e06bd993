import calculateSlot from 'cluster-key-slot';
import { Command } from 'ioredis';

const AS_TEXT = { replyEncoding: 'utf8' } as const;

/**
 * EVALSHA with its arguments as they are sent: a text that is made in one go. ioredis would copy, look through and convert the list
 * of them first, which was a tenth of what a short script costs its client.
 */
export class ScriptCommand extends Command {
  /** @param values `keyCount` keys, one at least, and then the arguments */
  constructor(
    private readonly sha: string,
    private readonly keyCount: number,
    private readonly values: readonly (string | number)[],
  ) {
    super('evalsha', [], AS_TEXT);
  }

  override toWritable(): string {
    const count = String(this.keyCount);
    let text = `*${this.values.length + 3}\r\n$7\r\nevalsha\r\n$40\r\n${this.sha}${before(count)}${count}`;
    for (const value of this.values) {
      const word = typeof value === 'string' ? value : String(value);
      text += before(word);
      text += word;
    }
    return `${text}\r\n`;
  }

  /** Which node of a cluster it is for. */
  override getSlot(): number {
    return calculateSlot(String(this.values[0]));
  }
}

/** What stands between the word before and one of so many bytes, made once for those that are short. */
const BEFORE = Array.from({ length: 256 }, (_each, bytes) => `\r\n$${bytes}\r\n`);

function before(word: string): string {
  const bytes = Buffer.byteLength(word);
  return BEFORE[bytes] ?? `\r\n$${bytes}\r\n`;
}
