import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);
const OLDEST_REDIS = 7;

/**
 * Returns the version that the server at `path` prints, and throws when it does not start or is a
 * Redis before 7.0. `env` is the whole environment of the child.
 */
export async function serverVersion(path: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await execFileAsync(path, ['--version'], { env: { ...env }, timeout: 10_000 });
  const match = /^(Redis|Valkey) server v=((\d+)\.\S+)/m.exec(stdout);
  if (match === null) throw new Error(`${path} --version does not look like Redis or Valkey`);
  const [, product, version, major] = match;
  if (product === 'Redis' && Number(major) < OLDEST_REDIS) {
    throw new Error(`${path} is Redis ${version}; 7.0 or newer is needed`);
  }
  return `${product} ${version}`;
}
