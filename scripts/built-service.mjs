import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from './built-module.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM'];
const quiet = { info: () => undefined, warn: () => undefined };

/** Starts the built application on an embedded Redis of its own, and ends both after `work`, or when a signal ends that. */
export async function withService(work) {
  const { createApplication } = await built('application.js');
  const { loadSettings } = await built('config/load-settings.js');
  const { toolPaths } = await built('config/process-environment.js');
  const { EmbeddedRedis } = await built('redis/embedded/embedded-redis.js');
  const { findRedisBinary } = await built('redis/embedded/redis-binary.js');
  const { searchPath, cacheDirectory } = toolPaths();
  const binary = await findRedisBinary({ path: searchPath, cacheDirectory, log: quiet });
  const directory = await mkdtemp(join(tmpdir(), 'fulcrum-service-'));
  let interrupt;
  const interrupted = new Promise((_resolve, reject) => {
    interrupt = (signal) => reject(new Error(`interrupted by ${signal}`));
  });
  // Awaited by `work` alone: a signal may come earlier.
  interrupted.catch(() => undefined);
  for (const signal of SIGNALS) process.on(signal, interrupt);
  let redis;
  let application;
  try {
    redis = await EmbeddedRedis.start({
      directory: join(directory, 'redis'),
      binary,
      appendFsync: 'everysec',
      log: quiet,
    });
    const settings = loadSettings({
      REDIS_URL: redis.url,
      SESSION_KEYS: `once:${randomBytes(32).toString('base64')}`,
      DATA_DIR: directory,
      LOG_LEVEL: 'silent',
    });
    application = await createApplication(settings);
    return await Promise.race([work({ ...application, redis }), interrupted]);
  } finally {
    await application?.nest.close();
    await redis?.stop();
    await rm(directory, { recursive: true, force: true });
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
