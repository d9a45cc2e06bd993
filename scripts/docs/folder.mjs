import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Paths of those generated files that are missing below `root`, or hold something else. */
export async function staleFiles(root, files) {
  const stale = [];
  for (const [path, content] of files) {
    const standing = await readFile(join(root, path), 'utf8').catch(() => undefined);
    if (standing !== content) stale.push(path);
  }
  return stale;
}

/** Writes those generated files that are stale below `root`, and returns their paths. */
export async function writeFiles(root, files) {
  const stale = await staleFiles(root, files);
  for (const path of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), files.get(path));
  }
  return stale;
}
