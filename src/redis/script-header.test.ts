import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkHeader } from './script-header.js';
import { definedScripts, defineScript } from './script.js';

const HEADER = `-- grant: take the lock if it is free.
-- KEYS[1] lock   string, expires
-- KEYS[2] fence  integer
-- ARGV[1] token
-- ARGV[2] ttlMs
-- ARGV[3…] names  who waits
-- returns {'granted', fence}
`;
const TEXT = `${HEADER}return { 'granted', 1 }\n-- KEYS[9] of a comment further down is no part of the header\n`;
const SIGNATURE = { keys: ['lock', 'fence'], args: ['token', 'ttlMs'], rest: 'names' };

describe('checkHeader', () => {
  it('takes a header that says what the descriptor says', () => {
    expect(() => checkHeader('grant.lua', TEXT, SIGNATURE)).not.toThrow();
    expect(() => checkHeader('grant.lua', HEADER.trimEnd(), SIGNATURE)).not.toThrow();
    const bare = '-- noop: does nothing.\n-- returns 1\nreturn 1\n';
    expect(() => checkHeader('noop.lua', bare, { keys: [], args: [] })).not.toThrow();
  });

  it.each([
    ['keys in another order', { ...SIGNATURE, keys: ['fence', 'lock'] }, /KEYS/],
    ['a key too many', { ...SIGNATURE, keys: ['lock', 'fence', 'queue'] }, /KEYS/],
    ['a key too few', { ...SIGNATURE, keys: ['lock'] }, /KEYS/],
    ['another name of a key', { ...SIGNATURE, keys: ['lock', 'token'] }, /KEYS/],
    ['arguments in another order', { ...SIGNATURE, args: ['ttlMs', 'token'] }, /ARGV/],
    ['an argument too many', { ...SIGNATURE, args: ['token', 'ttlMs', 'owner'] }, /ARGV/],
    ['an argument too few', { ...SIGNATURE, args: ['token'] }, /ARGV/],
    ['another name of the rest', { ...SIGNATURE, rest: 'owners' }, /ARGV…/],
    ['no rest', { keys: SIGNATURE.keys, args: SIGNATURE.args }, /ARGV…/],
  ])('refuses a descriptor with %s', (_what, signature, named) => {
    expect(() => checkHeader('grant.lua', TEXT, signature)).toThrow(named);
    expect(() => checkHeader('grant.lua', TEXT, signature)).toThrow(/^grant\.lua: /);
  });

  it.each([
    ['a title of another file', TEXT.replace('-- grant:', '-- acquire:')],
    ['no title', TEXT.replace(/^.*\n/, '')],
    ['code before it', `local x = 1\n${TEXT}`],
    ['no word on what it returns', TEXT.replace(/-- returns .*\n/, '')],
    ['a number twice', TEXT.replace('KEYS[2]', 'KEYS[1]')],
    ['numbers from 0', TEXT.replace('ARGV[2]', 'ARGV[0]')],
    [
      'lines out of order',
      TEXT.replace('KEYS[1] lock ', 'KEYS[2] fence').replace('KEYS[2] fence  integer', 'KEYS[1] lock'),
    ],
    ['a rest that begins at another place', TEXT.replace('ARGV[3…]', 'ARGV[2…]')],
    ['a blank line in its middle', TEXT.replace('-- ARGV[1]', '\n-- ARGV[1]')],
  ])('refuses a header with %s', (_what, text) => {
    expect(() => checkHeader('grant.lua', text, SIGNATURE)).toThrow(/^grant\.lua: /);
  });
});

describe('defineScript', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fulcrum-script-'));
    writeFileSync(join(folder, 'shared.lua'), 'local function one() return 1 end\n');
    writeFileSync(join(folder, 'grant.lua'), TEXT.replace('return {', '-- use: shared.lua\nreturn {'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const define = (keys: readonly string[], args: readonly string[]) =>
    defineScript({
      file: pathToFileURL(join(folder, 'grant.lua')),
      keys,
      args,
      rest: 'names',
      decode: (reply) => reply,
    });

  it('stops at keys or arguments in the wrong order, and defines nothing', () => {
    const before = definedScripts.length;
    expect(() => define(['fence', 'lock'], ['token', 'ttlMs'])).toThrow(/grant\.lua: KEYS/);
    expect(() => define(['lock', 'fence'], ['ttlMs', 'token'])).toThrow(/grant\.lua: ARGV/);
    expect(definedScripts).toHaveLength(before);
  });

  it('puts in the files that the script uses, and names the whole by its digest', () => {
    const script = define(['lock', 'fence'], ['token', 'ttlMs']);
    expect(script.source).toContain('local function one() return 1 end');
    expect(script.source).not.toContain('-- use:');
    expect(script.sha).toMatch(/^[0-9a-f]{40}$/);
    expect(definedScripts.at(-1)).toMatchObject({ sha: script.sha, source: script.source });
  });
});
