import { Command } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { ScriptCommand } from './script-command.js';

const sha = 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3';

describe('the command of a script', () => {
  it.each([
    ['one key', 1, ['fulcrum:{a}']],
    ['keys, words and numbers', 2, ['{b}1', '{b}2', 'word', '', 0, -1.5, 2 ** 53 - 1, 1e21]],
    ['what is longer in bytes than in characters', 1, ['k{ä}', 'Grüße', '日本語', '😀', '\u0000\r\n']],
  ] as const)('with %s is what ioredis would send, to where it would', (_what, keyCount, values) => {
    const ours = new ScriptCommand(sha, keyCount, values);
    const theirs = new Command('evalsha', [sha, keyCount, ...values]);
    expect(ours.toWritable()).toBe(theirs.toWritable({}));
    expect(ours.getSlot()).toBe(theirs.getSlot());
  });

  it('is told of its reply in text', async () => {
    const command = new ScriptCommand(sha, 1, ['k']);
    command.resolve([Buffer.from('a'), 1, [Buffer.from('é')]]);
    expect(await command.promise).toEqual(['a', 1, ['é']]);
  });
});
