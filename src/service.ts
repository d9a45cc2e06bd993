import { join, resolve } from 'node:path';
import type { AdminKeyNotice } from './access/bootstrap-key.js';
import type { Extensions } from './app.module.js';
import { toolPaths } from './config/process-environment.js';
import { namesRedis } from './config/load-settings.js';
import type { Settings } from './config/setting-specs.js';
import type { EncryptionKey } from './config/setting-validators.js';
import { keptKeys, keptKeysFile } from './encryption/kept-keys.js';
import { EmbeddedRedis } from './redis/embedded/embedded-redis.js';
import { findRedisBinary } from './redis/embedded/redis-binary.js';
import { endSignal, type Opening, serve } from './serving.js';
import { log } from './telemetry/log.js';
import { WorkerPool } from './worker-pool.js';

/**
 * Runs the whole service until a signal ends it: a Redis of its own if the settings name none, and the requests, in
 * this process or in `WORKERS` processes that share its port.
 */
export async function runService(settings: Settings, extensions: Extensions): Promise<void> {
  const sessionKeys = await keysOf(settings);
  const embedded = !namesRedis(settings) ? await startRedis(settings) : undefined;
  const ended = endSignal();
  const onOpen = (opening: Opening) => announce(settings, opening, embedded !== undefined);
  try {
    const connected = {
      ...settings,
      SESSION_KEYS: sessionKeys,
      REDIS_URL: embedded?.url ?? settings.REDIS_URL,
    };
    await (settings.WORKERS === 1
      ? serve(connected, { extensions, ended, onOpen })
      : new WorkerPool(connected).run(ended, onOpen));
  } finally {
    await embedded?.stop();
  }
  log.info({ event: 'service.stopped' }, 'stopped');
  process.exit(0);
}

/** The keys that the settings name; with the embedded Redis, if they name none, those that are kept beside its data. */
async function keysOf(settings: Settings): Promise<readonly EncryptionKey[] | undefined> {
  if (settings.SESSION_KEYS !== undefined || namesRedis(settings)) return settings.SESSION_KEYS;
  return await keptKeys(keptKeysFile(settings.DATA_DIR));
}

async function startRedis(settings: Settings): Promise<EmbeddedRedis> {
  const { searchPath, cacheDirectory } = toolPaths();
  const redisLog = {
    info: (message: string) => log.info({ event: 'redis.embedded' }, message),
    warn: (message: string) => log.warn({ event: 'redis.embedded' }, message),
  };
  const binary = await findRedisBinary({ path: searchPath, cacheDirectory, log: redisLog });
  return await EmbeddedRedis.start({
    directory: resolve(settings.DATA_DIR, 'redis'),
    binary,
    appendFsync: settings.EMBEDDED_REDIS_FSYNC === 'everysec' ? 'everysec' : 'always',
    log: redisLog,
  });
}

/** Tells a person, on standard error so that standard output stays one JSON line an event, where things are. */
function announce(settings: Settings, { port, adminKey }: Opening, embedded: boolean): void {
  const host = settings.HOST.includes(':') ? `[${settings.HOST}]` : settings.HOST;
  const url = `${settings.TLS_CERT === undefined ? 'http' : 'https'}://${host}:${port}`;
  const lines = [
    `Fulcrum is ready.`,
    `  API        ${url}/v1`,
    `  Docs       ${url}/docs`,
    `  Data       ${embedded ? `${join(resolve(settings.DATA_DIR), 'redis')} (embedded Redis)` : 'the configured Redis'}`,
    `  Admin key  ${describeKey(adminKey)}`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  log.info({ event: 'service.ready', port, embeddedRedis: embedded, workers: settings.WORKERS }, 'ready');
}

function describeKey(notice: AdminKeyNotice): string {
  switch (notice.kind) {
    case 'configured':
      return 'the one in ADMIN_API_KEY';
    case 'made':
      return `${notice.key} (shown once; kept in ${resolve(notice.file)})`;
    case 'kept':
      return `in ${resolve(notice.file)}`;
    case 'rotated':
      return describeRotated(resolve(notice.file), notice.until);
    case 'elsewhere':
      return 'made by an earlier start on this Redis; set ADMIN_API_KEY to have another';
  }
}

/** The new secret was shown to whoever rotated the key, and is kept nowhere. */
function describeRotated(file: string, until: number): string {
  const worth = until > Date.now() ? `works until ${new Date(until).toISOString()}` : 'works no more';
  return `rotated: the one in ${file} ${worth}; set ADMIN_API_KEY to have another`;
}
