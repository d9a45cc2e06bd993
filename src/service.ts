import { join, resolve } from 'node:path';
import type { AddressInfo } from 'node:net';
import type { AdminKeyNotice } from './access/bootstrap-key.js';
import { type Application, createApplication } from './application.js';
import { toolPaths } from './config/process-environment.js';
import type { Settings } from './config/setting-specs.js';
import { EmbeddedRedis } from './redis/embedded/embedded-redis.js';
import { findRedisBinary } from './redis/embedded/redis-binary.js';
import { log } from './telemetry/log.js';
import { startTracing } from './telemetry/tracing.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs the whole service, with a Redis of its own if the settings name none, until a signal ends it. */
export async function runService(settings: Settings): Promise<void> {
  const stopTracing =
    settings.OTEL_EXPORTER_OTLP_ENDPOINT && startTracing(settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  const embedded = needsRedis(settings) ? await startRedis(settings) : undefined;
  const signalled = signal();
  const stop = async () => {
    await embedded?.stop();
    if (stopTracing) await stopTracing();
  };
  try {
    const starting = createApplication(embedded ? { ...settings, REDIS_URL: embedded.url } : settings);
    // A start that still waits for Redis has nothing to finish.
    const application = await Promise.race([starting, signalled]);
    if (application !== undefined) await serve(application, settings, embedded !== undefined, signalled);
  } finally {
    await stop();
  }
  log.info({ event: 'service.stopped' }, 'stopped');
  process.exit(0);
}

/** Listens until `signalled`, then finishes what runs. */
async function serve(
  { nest, adminKey }: Application,
  settings: Settings,
  embedded: boolean,
  signalled: Promise<undefined>,
): Promise<void> {
  await nest.listen({ port: settings.PORT, host: settings.HOST, backlog: 4096 });
  const address: unknown = nest.getHttpServer().address();
  announce(settings, address as AddressInfo, adminKey, embedded);
  await signalled;
  log.info({ event: 'service.stopping' }, 'finishing what runs');
  await nest.close();
}

function needsRedis(settings: Settings): boolean {
  return settings.REDIS_URL === undefined && settings.REDIS_CLUSTER_NODES === undefined;
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

/** Settles at the first signal. The listeners stay: another signal must not cut off what the first lets finish. */
function signal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const name of SIGNALS) process.on(name, () => resolve(undefined));
  });
}

/** Tells a person, on standard error so that standard output stays one JSON line an event, where things are. */
function announce(
  settings: Settings,
  { port }: AddressInfo,
  adminKey: AdminKeyNotice,
  embedded: boolean,
): void {
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
  log.info({ event: 'service.ready', port, embeddedRedis: embedded }, 'ready');
}

function describeKey(notice: AdminKeyNotice): string {
  switch (notice.kind) {
    case 'configured':
      return 'the one in ADMIN_API_KEY';
    case 'made':
      return `${notice.key} (shown once; kept in ${resolve(notice.file)})`;
    case 'kept':
      return `in ${resolve(notice.file)}`;
    case 'elsewhere':
      return 'made by an earlier start on this Redis; set ADMIN_API_KEY to have another';
  }
}
