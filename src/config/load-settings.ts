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

/** Whether the connections to a Redis, or to all of a list, are encrypted: by its URL, which is that of everything but the locks. */
export function usesRedisTls(
  settings: Pick<Settings, 'REDIS_URL' | 'REDIS_CLUSTER_NODES'>,
  url = settings.REDIS_CLUSTER_NODES?.[0] ?? settings.REDIS_URL,
): boolean {
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
  if (settings.REDIS_URL && settings.REDIS_CLUSTER_NODES) {
    found.push('REDIS_URL and REDIS_CLUSTER_NODES exclude each other');
  }
  if ((settings.TLS_CERT === undefined) !== (settings.TLS_KEY === undefined)) {
    found.push('TLS_CERT and TLS_KEY go together');
  }
  if ((settings.REDIS_TLS_CERT === undefined) !== (settings.REDIS_TLS_KEY === undefined)) {
    found.push('REDIS_TLS_CERT and REDIS_TLS_KEY go together');
  }
  const isOwnRedis = settings.REDIS_URL !== undefined || settings.REDIS_CLUSTER_NODES !== undefined;
  if (isOwnRedis && settings.SESSION_KEYS === undefined) {
    found.push('SESSION_KEYS is required with a Redis of your own');
  }
  // Otherwise whoever configured them would believe that the connection is encrypted.
  if (!usesRedisTls(settings) && !usesRedisTls(settings, settings.LOCK_REDIS_URLS?.[0])) {
    for (const name of ['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'] as const) {
      if (settings[name] !== undefined)
        found.push(`${name} needs rediss:// in REDIS_URL, REDIS_CLUSTER_NODES or LOCK_REDIS_URLS`);
    }
  }
  return found;
}
