import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEnvFile } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import { settingSpecs } from '../../src/config/setting-specs.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = [
  '.env.example',
  'clients/typescript/src/schema.ts',
  'docs/env.md',
  'docs/errors.md',
  'docs/keys.md',
  'docs/messages.md',
  'docs/openapi.json',
] as const;

/** Runs `docs-sync` on the built service as it stands, for the files below `folder`. */
async function docsSync(folder: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, ['scripts/docs-sync.mjs', '--built', '--into', folder, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}

let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'fulcrum-docs-'));
  const { code, output } = await docsSync(copy);
  expect(output).toContain('written');
  expect(code).toBe(0);
});

afterAll(async () => {
  await rm(copy, { recursive: true, force: true });
});

describe('docs:sync', () => {
  it.each(FILES)('writes %s as it is committed', async (file) => {
    const [committed, generated] = await Promise.all([
      readFile(join(ROOT, file), 'utf8'),
      readFile(join(copy, file), 'utf8'),
    ]);
    expect(committed === generated, `${file} is stale: run npm run docs:sync`).toBe(true);
  });

  it('accepts what it wrote', async () => {
    expect(await docsSync(copy, '--check')).toMatchObject({ code: 0 });
  });

  it('names every file that says something else, no other, and writes nothing when it checks', async () => {
    const changed = await mkdtemp(join(tmpdir(), 'fulcrum-docs-'));
    const [, ...stale] = FILES;
    try {
      await cp(copy, changed, { recursive: true });
      const texts = new Map<string, string>();
      for (const file of stale) {
        const text = (await readFile(join(changed, file), 'utf8')).replace('e', 'E');
        texts.set(file, text);
        await writeFile(join(changed, file), text);
      }
      const { code, output } = await docsSync(changed, '--check');
      expect(code).toBe(1);
      const named = /stale: ([^;]+);/.exec(output)?.[1]?.split(', ');
      expect(named?.sort()).toEqual([...stale].sort());
      for (const file of stale) expect(await readFile(join(changed, file), 'utf8')).toBe(texts.get(file));
    } finally {
      await rm(changed, { recursive: true, force: true });
    }
  });
});

describe('.env.example', () => {
  it('names every setting', async () => {
    const text = await readFile(join(ROOT, '.env.example'), 'utf8');
    const named = [...text.matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(settingSpecs));
  });

  it('starts, as a copy, as if it were not there, and with every line uncommented is still understood', async () => {
    const names = Object.keys(settingSpecs);
    const before = new Map(names.map((name) => [name, process.env[name]]));
    for (const name of names) Reflect.deleteProperty(process.env, name);
    try {
      loadEnvFile(join(ROOT, '.env.example'));
      expect(loadSettings(process.env)).toEqual(loadSettings({}));

      const text = await readFile(join(ROOT, '.env.example'), 'utf8');
      const lines = text.matchAll(/^# ([A-Z_]+)=(.*)$/gm);
      const every = Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
      // Each of these excludes another one.
      const { REDIS_CLUSTER_NODES, REDIS_SENTINELS, REDIS_SENTINEL_MASTER, ...others } = every;
      const { SESSION_KEYS } = every;
      expect(() => loadSettings(others)).not.toThrow();
      expect(() => loadSettings({ REDIS_CLUSTER_NODES, SESSION_KEYS })).not.toThrow();
      expect(() => loadSettings({ REDIS_SENTINELS, REDIS_SENTINEL_MASTER, SESSION_KEYS })).not.toThrow();
    } finally {
      for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
    }
  });
});
