import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { AptPackages } from './apt-packages.js';
import type { EmbeddedRedisLog } from './embedded-redis-log.js';
import { extractedRedis, type ExtractedRedis } from './extracted-redis.js';
import { installHint } from './install-hint.js';
import { serverVersion } from './server-version.js';

export interface RedisBinary {
  path: string;
  /** The whole environment that the server is started with. */
  env: Readonly<Record<string, string>>;
  origin: 'path' | 'cache' | 'download';
}

export interface RedisBinarySearch {
  /** Folders to look in, written like the variable PATH; the tools of the system do not use it. */
  path: string;
  cacheDirectory: string;
  log: EmbeddedRedisLog;
}

const SERVERS = ['redis-server', 'valkey-server'];
const PACKAGES = [
  ['redis-server', 'redis-tools'],
  ['valkey-server', 'valkey-tools'],
];

/**
 * Returns a Redis 7 or Valkey server that starts on this machine: from the given path, from the
 * cache folder, or downloaded there from the Debian or Ubuntu archive without root. Where there is
 * none it throws an error that names the command to install one.
 */
export async function findRedisBinary(search: RedisBinarySearch): Promise<RedisBinary> {
  const onPath = await findOnPath(search);
  if (onPath !== undefined) return onPath;
  // Absolute, because the server is started from its data folder.
  const cached = resolve(search.cacheDirectory, `redis-${process.platform}-${process.arch}`);
  const ready = await extractedRedis(cached).catch(() => undefined);
  if (ready !== undefined) return { path: ready.path, env: ready.env, origin: 'cache' };
  try {
    return { ...(await download(search, cached)), origin: 'download' };
  } catch (error) {
    const hint = await installHint();
    throw new Error(`There is no Redis server on this machine. ${hint}. (${brief(error)})`, {
      cause: error,
    });
  }
}

async function findOnPath({ path, log }: RedisBinarySearch): Promise<RedisBinary | undefined> {
  // An empty entry means the current folder, from where nothing should be started by accident.
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  for (const name of SERVERS) {
    for (const folder of folders) {
      const candidate = resolve(folder, name);
      try {
        await access(candidate, constants.X_OK);
      } catch {
        continue;
      }
      try {
        await serverVersion(candidate, {});
        return { path: candidate, env: {}, origin: 'path' };
      } catch (error) {
        log.warn(`passing over ${candidate}: ${brief(error)}`);
      }
    }
  }
  return undefined;
}

async function download(
  { cacheDirectory, log }: RedisBinarySearch,
  target: string,
): Promise<Pick<RedisBinary, 'path' | 'env'>> {
  if (process.platform !== 'linux') throw new Error('only Debian and Ubuntu packages are known');
  await mkdir(cacheDirectory, { recursive: true, mode: 0o700 });
  const work = await mkdtemp(join(cacheDirectory, '.download-'));
  try {
    log.info(`no Redis server on PATH: downloading one from the package archive to ${target}`);
    const extracted = await extractWithApt(work, log);
    const { path, env, version } = await publish(extracted, target);
    log.info(`downloaded ${version}`);
    return { path, env };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function extractWithApt(work: string, log: EmbeddedRedisLog): Promise<string> {
  const apt = new AptPackages(work);
  let failure: unknown;
  for (const lists of ['system', 'own']) {
    if (lists === 'own') {
      log.info('the package lists of this system do not help: fetching lists of our own');
      await apt.useOwnLists();
    }
    for (const packages of PACKAGES) {
      const root = await mkdtemp(join(work, 'root-'));
      try {
        await apt.extract(packages, root);
        await extractedRedis(root);
        await rm(join(root, 'debs'), { recursive: true });
        return root;
      } catch (error) {
        if (isMissingCommand(error)) throw error;
        // Redis is the one people know, so its failure is the one to tell.
        if (packages === PACKAGES[0]) failure = error;
      }
    }
  }
  throw failure;
}

/** The rename makes the tree appear whole: of two parallel downloads one wins and both use it. */
async function publish(extracted: string, target: string): Promise<ExtractedRedis> {
  try {
    await rename(extracted, target);
  } catch {
    const other = await extractedRedis(target).catch(() => undefined);
    if (other !== undefined) return other;
    // What lies there does not start: the rest of another release of this system.
    await rm(target, { recursive: true, force: true });
    await rename(extracted, target);
  }
  return extractedRedis(target);
}

function isMissingCommand(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function brief(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n').slice(-3).join(' ').slice(0, 400);
}
