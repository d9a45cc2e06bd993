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
    let text = `*${this.values.length + 3}\r\n$7\r\nevalsha\r\n$40\r\n${this.sha}\r\n`;
    text += bulk(String(this.keyCount));
    for (const value of this.values) text += bulk(typeof value === 'string' ? value : String(value));
    return text;
  }

  /** Which node of a cluster it is for. */
  override getSlot(): number {
    return calculateSlot(String(this.values[0]));
  }
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
