import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../errors/start-error.js';
import { keptKeys } from './kept-keys.js';

let root: string;
let file: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fulcrum-keys-'));
  file = join(root, 'data', 'session.keys');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('the file of the keys', () => {
  it('is made by the first start, for its owner alone, and read by the next', async () => {
    const [made] = await keptKeys(file);
    expect(made?.id).toMatch(/^\d{4}-\d\d-\d\d-[0-9a-f]{6}$/);
    expect(made?.secret).toHaveLength(32);
    expect(await readFile(file, 'utf8')).toBe(`${made?.id}:${made?.secret.toString('base64')}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, 'data'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(root, 'data'))).toEqual(['session.keys']);
    expect(await keptKeys(file)).toEqual([made]);
  });

  it('is one for all that start at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => keptKeys(file)));
    expect(new Set(all.map(([key]) => key?.id)).size).toBe(1);
    expect(await keptKeys(file)).toEqual(all[0]);
    expect(await readdir(join(root, 'data'))).toEqual(['session.keys']);
  });

  it('may name several keys, on lines of their own too', async () => {
    const [old] = await keptKeys(file);
    const fresh = `new:${Buffer.alloc(32, 1).toString('base64')}`;
    await writeFile(file, `${fresh},\n${await readFile(file, 'utf8')}`);
    expect((await keptKeys(file)).map(({ id }) => id)).toEqual(['new', old?.id]);
  });

  it.each([
    ['nothing', ''],
    ['half a key', 'a:QUJD'],
    ['something else', 'secret-canary'],
    ['an id twice', `a:${'A'.repeat(43)}=,a:${'B'.repeat(43)}=`],
  ])('stops the start, untouched and unquoted, if it holds %s', async (_what, text) => {
    await keptKeys(file);
    await writeFile(file, text);
    const failure: unknown = await keptKeys(file).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartError);
    expect(String(failure)).toContain(file);
    expect(String(failure)).not.toContain('canary');
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('stops the start if there is no place for it', async () => {
    await writeFile(join(root, 'data'), 'a file where the folder should be');
    await expect(keptKeys(file)).rejects.toThrow(StartError);
    await expect(keptKeys(root)).rejects.toThrow(`cannot be kept in ${root}`);
  });
});
