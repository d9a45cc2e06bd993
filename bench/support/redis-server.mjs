import { built } from '../../scripts/built-module.mjs';

const quiet = { info: () => undefined, warn: () => undefined };

/**
 * Starts a Redis of its own for one contender, as the service's embedded one, but flushed once a second, so that no
 * contender is measured by the disk; the file that it appends to is not rewritten in the middle of another's round.
 * @returns {Promise<{url: string, pid: number, end(): Promise<void>}>}
 */
export async function startRedis(directory) {
  const { toolPaths } = await built('config/process-environment.js');
  const { EmbeddedRedis } = await built('redis/embedded/embedded-redis.js');
  const { findRedisBinary } = await built('redis/embedded/redis-binary.js');
  const { searchPath, cacheDirectory } = toolPaths();
  const binary = await findRedisBinary({ path: searchPath, cacheDirectory, log: quiet });
  const redis = await EmbeddedRedis.start({
    directory,
    binary,
    appendFsync: 'everysec',
    log: quiet,
    extraConfig: ['auto-aof-rewrite-percentage 0'],
  });
  return { url: redis.url, pid: redis.pid, end: () => redis.stop() };
}
