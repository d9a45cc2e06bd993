import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files below `folder` that its .dockerignore lets into a build, relative to it. */
export function buildContext(folder: string): string[] {
  const isIgnored = ignoredBy(readFileSync(join(folder, '.dockerignore'), 'utf8'));
  // Docker looks into every folder; these are large, and `test/deploy/image.test.ts` asserts that nothing of them comes in.
  const never = new Set(['.git', 'node_modules']);
  const filesOf = (below: string): string[] =>
    readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (below === '' && never.has(path) && isIgnored(`${path}/any`)) return [];
      if (entry.isDirectory()) return filesOf(path);
      return isIgnored(path) ? [] : [path];
    });
  return filesOf('');
}

/**
 * What a .dockerignore says of a file, as Docker reads it: the last pattern that fits the file, or a folder that it is in,
 * decides; `*` stops at a slash, `**` does not, and `!` lets in again.
 */
export function ignoredBy(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ lets: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  return (path) => {
    const parts = path.split('/');
    const self = parts.map((_part, at) => parts.slice(0, at + 1).join('/'));
    const decided = rules.findLast(({ pattern }) => self.some((each) => pattern.test(each)));
    return decided !== undefined && !decided.lets;
  };
}

function patternOf(glob: string): RegExp {
  const source = glob
    .replace(/^\/|\/$/g, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => {
      return { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }[wild] ?? wild;
    });
  return new RegExp(`^${source}$`);
}
