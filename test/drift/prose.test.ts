import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const filesOf = (folder: string, extension: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name));

const PAGES = ['.', 'docs', 'docs/adr', 'examples', 'clients/typescript'].flatMap((folder) =>
  filesOf(folder, '.md'),
);

/** What `pattern` captures in `text`, each once. */
const named = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
];

describe('what the pages name is there', () => {
  it('SECURITY.md: every file and folder', () => {
    const paths = named(read('SECURITY.md'), /`((?:\.github|deploy|docs|scripts|src|test)\/[^`\s]*)`/g);
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(PAGES)('%s: every page that it links to', (page) => {
    const links = named(read(page), /\]\((?![a-z]+:|#)([^)#\s]+)/g);
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });

  it.each(PAGES)('%s: every command of npm', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = named(read(page), /npm run ([a-z:]+)/g);
    expect(commands.filter((command) => !Object.hasOwn(scripts, command))).toEqual([]);
  });

  it('CONTRIBUTING.md: every step of verify, in order, and no other', () => {
    const { stderr } = spawnSync(process.execPath, ['scripts/verify.mjs', 'nothing'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const steps = stderr.trim().split('the steps are ')[1]?.split(' ');
    const [, section = ''] = read('CONTRIBUTING.md').split('\n## Steps of verify\n');
    expect(named(section.split('\n## ')[0] ?? '', /^\| `([a-z]+)` /gm)).toEqual(steps);
  });
});

describe('a workflow', () => {
  it.each(filesOf('.github/workflows', '.yml'))('%s: uses nothing that is not pinned by commit', (file) => {
    const uses = named(read(file), /uses: (.*)$/gm);
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((action) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });
});
