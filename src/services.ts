import 'reflect-metadata';
import { resolve } from 'node:path';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule, type Extensions } from './app.module.js';
import { namesRedis, REDIS_PLACES } from './config/load-settings.js';
import type { Settings } from './config/setting-specs.js';
import { keptKeysFile, standingKeys } from './encryption/kept-keys.js';
import { StartError } from './errors/start-error.js';
import { SessionSweeper } from './features/sessions/sessions.sweeper.js';
import { standingRedisUrl } from './redis/embedded/standing-redis.js';
import { checkRedisTls } from './redis/redis-tls.js';
import { RedisGateway } from './redis/redis-gateway.js';
import { explainedStart } from './redis/start-failure.js';
import { FrameworkLog } from './telemetry/framework-log.js';
import { limitSuccesses, setLogLevel } from './telemetry/log.js';
import { NoMessages } from './transport/messages/no-messages.js';
import { ServiceSecret } from './transport/pagination/service-secret.js';

/** Fulcrum's services in a process that does not serve its API. */
export interface Services {
  /** A service, or another provider, by its class. @throws Error if nothing of this class is provided */
  get<T>(type: Type<T>): T;
  /** Lets what runs end, and disconnects from Redis; nothing may be asked of the services afterwards. */
  close(): Promise<void>;
}

/**
 * Opens the services for an application of its own, with what `extensions` add to them: connects to the Redis that the
 * settings name, waits for it up to REDIS_START_WAIT_MS, and loads the secret that all processes on it share. It listens on no
 * port, answers no messages, starts no Redis, makes no admin key, and leaves the signals of the process alone.
 *
 * Streams are consumed and payloads processed here with ROLE=worker alone: `all`, the default, is about requests too, of which
 * there are none, and would have payloads processed by an application that only keeps its sessions here. Sessions that are over
 * are taken away in any case, since there may be no other service on this Redis.
 * @throws StartError if Redis stays away, refuses a permission, or is named by no setting; and if its TLS files cannot be used
 * @throws Error if a script does not fit its descriptor, or an extension cannot be wired
 */
export async function openServices(settings: Settings, extensions: Extensions = {}): Promise<Services> {
  setLogLevel(settings.LOG_LEVEL);
  limitSuccesses(settings.LOG_SUCCESSES, settings.LOG_SLOW_MS);
  if (!namesRedis(settings)) throw new StartError(`The services need one of ${REDIS_PLACES.join(', ')}.`);
  checkRedisTls(settings);
  const role = settings.ROLE === 'worker' ? 'worker' : 'api';
  const nest = await NestFactory.createMicroservice(
    AppModule.forRoot({ ...settings, ROLE: role }, extensions),
    // Not createApplicationContext: what begins with the application needs Redis and the secret before it is begun.
    { strategy: new NoMessages(), logger: new FrameworkLog(), abortOnError: false },
  );
  try {
    await nest.get(RedisGateway).untilReachable(settings.REDIS_START_WAIT_MS);
    await nest.get(ServiceSecret).load();
    await nest.listen();
    if (role === 'api') nest.get(SessionSweeper).start();
  } catch (error) {
    await nest.close();
    throw explainedStart(error);
  }
  return { get: (type) => nest.get(type, { strict: false }), close: () => nest.close() };
}

/**
 * The settings with which a tool or an application is on the Redis of a service: those that are given, if they name a Redis;
 * or else with the embedded Redis of a service that runs in the same DATA_DIR, and with the keys that it keeps there unless
 * SESSION_KEYS are given.
 * @throws StartError if no service runs there, or there are no keys
 */
export async function settingsOfRunningService(settings: Settings): Promise<Settings> {
  if (namesRedis(settings)) return settings;
  const REDIS_URL = await standingRedisUrl(resolve(settings.DATA_DIR, 'redis'));
  return Object.freeze({
    ...settings,
    REDIS_URL,
    SESSION_KEYS: settings.SESSION_KEYS ?? (await keysIn(settings)),
  });
}

async function keysIn({ DATA_DIR }: Settings) {
  const file = keptKeysFile(DATA_DIR);
  const keys = await standingKeys(file);
  if (keys === undefined)
    throw new StartError(`There are no keys in ${file}: set SESSION_KEYS to those that the service has.`);
  return keys;
}
