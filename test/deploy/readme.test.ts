import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingSpecs } from '../../src/config/setting-specs.js';
import { read, ROOT } from './files.js';

const FOLDER = 'deploy';
const OF_NO_SETTING = new Set(['FULCRUM_FULL_FAULTS']);
const page = read(`${FOLDER}/README.md`);
const named = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => name);

/** What a page names that is not there, and what is there that it does not name. */
function problemsOf(text: string): string[] {
  const isThere = (path: string) => existsSync(join(ROOT, FOLDER, path)) || existsSync(join(ROOT, path));
  const links = named(text, /\]\((?![a-z]+:|#)([^)#\s]+)/g);
  const files = named(text, /(?<![\w/.])((?:deploy|kubernetes|prometheus|grafana|redis)\/[\w./-]*\w)/g);
  const settings = named(text, /\b([A-Z]+_[A-Z_]*[A-Z])\b/g);
  const all = readdirSync(join(ROOT, FOLDER)).filter((name) => !/^(\.|README|secrets$)/.test(name));
  return [
    ...links.filter((path) => !existsSync(join(ROOT, FOLDER, path))).map((path) => `no page ${path}`),
    // What the script makes is not there yet.
    ...files
      .filter((path) => !path.startsWith('deploy/secrets') && !isThere(path))
      .map((path) => `no file ${path}`),
    ...settings
      .filter((name) => !Object.hasOwn(settingSpecs, name) && !OF_NO_SETTING.has(name))
      .map((name) => `no setting ${name}`),
    ...all.filter((name) => !text.includes(`\`${name}`)).map((name) => `${name} is not told of`),
  ];
}

describe('deploy/README.md', () => {
  it('names what is there, and all of it', () => expect(problemsOf(page)).toEqual([]));

  it.each([
    ['a page that there is not', '(redis/README.md)', '(redis/ABOUT.md)', 'no page redis/ABOUT.md'],
    [
      'a file that there is not',
      'prometheus/scrape.yaml',
      'prometheus/scraping.yaml',
      'no file prometheus/scraping',
    ],
    ['a setting that there is not', 'TRUSTED_PROXIES', 'TRUST_PROXIES', 'no setting TRUST_PROXIES'],
    ['a file left out', '`healthcheck.mjs`', '`health.mjs`', 'healthcheck.mjs is not told of'],
  ])('is refused with %s', (_what, from, to, problem) => {
    const broken = page.replaceAll(from, to);
    expect(broken).not.toBe(page);
    expect(problemsOf(broken).join('\n')).toContain(problem);
  });
});
