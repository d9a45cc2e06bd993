import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { serverVersion } from './server-version.js';

export interface ExtractedRedis {
  path: string;
  env: Readonly<Record<string, string>>;
  version: string;
}

/**
 * Returns the server inside an extracted Debian package tree after it has printed its version with
 * the libraries of that tree, and throws when there is none or it does not start.
 */
export async function extractedRedis(root: string): Promise<ExtractedRedis> {
  const env = { LD_LIBRARY_PATH: (await libraryFolders(root)).join(':') };
  for (const name of ['redis-server', 'valkey-server']) {
    const path = join(root, 'usr', 'bin', name);
    const runnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable) return { path, env, version: await serverVersion(path, env) };
  }
  throw new Error(`no server in ${root}`);
}

async function libraryFolders(root: string): Promise<string[]> {
  const folders: string[] = [];
  // Releases before the merged /usr keep some libraries under /lib.
  for (const parent of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
    if (entries.length === 0) continue;
    folders.push(parent);
    for (const entry of entries) if (entry.isDirectory()) folders.push(join(parent, entry.name));
  }
  return folders;
}
