import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStaleFence, refuseStale } from './fence.js';
import type { RedisGateway } from './redis-gateway.js';
import { definedScripts, defineScript } from './script.js';
import { ScriptRunner } from './script-runner.js';

const HEADER = `-- put: write a value.
-- KEYS[1] value  string
-- ARGV[1] text
-- returns 1
`;
const CHECK = "if fence_is_stale() then return { 'fenced' } end";
const FENCE = { key: 'fence:r', resource: 'r', token: 7 };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fulcrum-fence-'));
  writeFileSync(join(folder, 'shared.lua'), 'local function one() return 1 end\n');
});

afterAll(() => rmSync(folder, { recursive: true }));

function define(body: string) {
  writeFileSync(join(folder, 'put.lua'), HEADER + body);
  const file = pathToFileURL(join(folder, 'put.lua'));
  return defineScript({ file, keys: ['value'], args: ['text'], decode: (reply) => reply });
}

describe('a script with a place for the check', () => {
  const BODY =
    "-- use: shared.lua\nlocal text = ARGV[1]\n-- fence\nredis.call('SET', KEYS[1], text)\nreturn 1\n";

  it('stays for calls without a fence what its file says', () => {
    const { source } = define(BODY);
    expect(source).toBe(HEADER + BODY.replace('-- use: shared.lua', 'local function one() return 1 end\n'));
  });

  it('has a variant that takes key and token off before anything else, and checks them in that place', () => {
    const { source, sha, fenced } = define(BODY);
    const lines = (fenced?.source ?? '').split('\n');
    const statements = lines.filter((line) => line !== '' && !line.startsWith('--'));
    expect(statements[0]).toBe('local FENCE, FENCE_TOKEN = table.remove(KEYS), table.remove(ARGV)');
    expect(lines.slice(lines.indexOf(CHECK) - 1, lines.indexOf(CHECK) + 2)).toEqual([
      'local text = ARGV[1]',
      CHECK,
      "redis.call('SET', KEYS[1], text)",
    ]);
    expect(fenced?.source.endsWith(source.replace('-- fence', CHECK))).toBe(true);
    expect(fenced?.sha).toMatch(/^[0-9a-f]{40}$/);
    expect(fenced?.sha).not.toBe(sha);
  });

  it('is loaded in both forms', () => {
    const before = definedScripts.length;
    const { sha, fenced } = define(BODY);
    expect(definedScripts.slice(before).map((each) => each.sha)).toEqual([sha, fenced?.sha]);
  });

  it('may have one such place alone', () => {
    const before = definedScripts.length;
    expect(() => define(`${BODY}-- fence\n`)).toThrow(/2 lines are "-- fence"/);
    expect(definedScripts).toHaveLength(before);
  });
});

describe('a script without one', () => {
  it.each(['return 1\n', 'return 1 -- fence\n', '--  fence\nreturn 1\n', '-- fences\nreturn 1\n'])(
    'has no variant: %j',
    (body) => {
      expect(define(body).fenced).toBeUndefined();
    },
  );

  it('cannot be run with a fence', async () => {
    const gateway = {
      execute: () => Promise.reject(new Error('Redis was asked')),
    } as unknown as RedisGateway;
    const call = { keys: { value: 'v' }, args: { text: 't' }, fence: FENCE, repeatable: true };
    await expect(new ScriptRunner(gateway).run(define('return 1\n'), call)).rejects.toThrow(
      'put.lua checks no fence',
    );
  });
});

describe('what a fenced script replies', () => {
  it('is a refusal if it is the one word, and names resource and token', () => {
    const refusal = (() => {
      try {
        refuseStale(['fenced'], FENCE);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(isStaleFence(refusal)).toBe(true);
    expect(refusal).toMatchObject({
      code: 'fence.stale',
      kind: 'stale',
      details: { extensions: { resource: 'r' } },
    });
    expect(refusal).toHaveProperty('detail', expect.stringMatching(/\br\b.*\b7\b.*somebody else/));
  });

  it.each([[null], [1], ['fenced'], [[]], [['fenced', 'x']], [['done']], [[['fenced']]]])(
    'is an answer otherwise: %j',
    (reply) => {
      expect(() => refuseStale(reply, FENCE)).not.toThrow();
    },
  );

  it('is no stale fence if anything else was thrown', () => {
    for (const error of [undefined, 'fence.stale', new Error('fence.stale')])
      expect(isStaleFence(error)).toBe(false);
  });
});
