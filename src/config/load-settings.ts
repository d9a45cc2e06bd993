import { cleanEnv, EnvMissingError } from 'envalid';
import { SECRET_SETTINGS, settingSpecs, type Settings } from './setting-specs.js';

/** Injection token of the `Settings`. */
export const SETTINGS = Symbol('settings');

/** All that is wrong with the environment, one line a setting; never quotes a secret. */
export class InvalidSettingsError extends Error {
  override readonly name = 'InvalidSettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are invalid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads and checks the environment once. An empty variable counts as unset, so that a copied
 * `.env.example` starts as if it were not there.
 * @throws InvalidSettingsError with every problem at once
 */
export function loadSettings(environment: NodeJS.ProcessEnv): Settings {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const problems: string[] = [];
  const settings = cleanEnv(set, settingSpecs, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors)) {
        if (error) problems.push(describe(name, error, set[name]));
      }
    },
  });
  if (problems.length === 0) problems.push(...contradictions(settings));
  if (problems.length > 0) throw new InvalidSettingsError(problems);
  return Object.freeze({ ...settings });
}

/** The settings that name a Redis, of which there may be one: without any the service starts its own. */
export const REDIS_PLACES = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'] as const;

/** What says which Redis is used, and how it is reached. */
export type RedisPlace = Pick<Settings, (typeof REDIS_PLACES)[number] | 'REDIS_SENTINEL_MASTER'>;

/** Whether the settings name a Redis. */
export function namesRedis(settings: RedisPlace): boolean {
  return REDIS_PLACES.some((name) => settings[name] !== undefined);
}

/** How the servers that hold the data are reached; its host is an address, one of a cluster's, or the name that Sentinels know. */
export function dataUrl(settings: RedisPlace): string | undefined {
  const { REDIS_SENTINELS, REDIS_SENTINEL_MASTER = 'redis://mymaster' } = settings;
  return settings.REDIS_CLUSTER_NODES?.[0] ?? (REDIS_SENTINELS ? REDIS_SENTINEL_MASTER : settings.REDIS_URL);
}

/** Whether the connections to a Redis, or to all of a list, are encrypted: by its URL, which is that of everything but the locks. */
export function usesRedisTls(settings: RedisPlace, url = dataUrl(settings)): boolean {
  return url !== undefined && new URL(url).protocol === 'rediss:';
}

function describe(name: string, error: Error, value: string | undefined): string {
  if (error instanceof EnvMissingError) return `${name} is required`;
  // A URL may hold a password in any setting, and also where none belongs.
  const isSecret = SECRET_SETTINGS.has(name) || value?.includes('@');
  const shown = isSecret ? 'the value (hidden)' : JSON.stringify(value);
  const choices = Object.entries(settingSpecs).find(([key]) => key === name)?.[1].choices;
  return `${name}: ${shown} ${choices ? `must be one of ${choices.map(String).join(', ')}` : error.message}`;
}

function contradictions(settings: Settings): string[] {
  const found: string[] = [];
  if (settings.JWT_SECRET && settings.JWT_JWKS_URL)
    found.push('JWT_SECRET and JWT_JWKS_URL exclude each other');
  const places = REDIS_PLACES.filter((name) => settings[name] !== undefined);
  if (places.length > 1) found.push(`${places.join(' and ')} exclude each other`);
  if (settings.REDIS_SENTINEL_MASTER !== undefined && settings.REDIS_SENTINELS === undefined) {
    found.push('REDIS_SENTINEL_MASTER needs REDIS_SENTINELS');
  }
  if ((settings.TLS_CERT === undefined) !== (settings.TLS_KEY === undefined)) {
    found.push('TLS_CERT and TLS_KEY go together');
  }
  if ((settings.REDIS_TLS_CERT === undefined) !== (settings.REDIS_TLS_KEY === undefined)) {
    found.push('REDIS_TLS_CERT and REDIS_TLS_KEY go together');
  }
  if (namesRedis(settings) && settings.SESSION_KEYS === undefined) {
    found.push('SESSION_KEYS is required with a Redis of your own');
  }
  // Otherwise whoever configured them would believe that the connection is encrypted.
  const urls = [dataUrl(settings), settings.REDIS_SENTINELS?.[0], settings.LOCK_REDIS_URLS?.[0]];
  if (!urls.some((url) => usesRedisTls(settings, url))) {
    for (const name of ['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'] as const) {
      if (settings[name] !== undefined) found.push(`${name} needs rediss:// in the URL of a Redis`);
    }
  }
  return found;
}
