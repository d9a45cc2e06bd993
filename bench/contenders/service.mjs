import { join } from 'node:path';
import { NODE_FLAGS } from '../../scripts/node-flags.mjs';
import { API_KEY, submission } from './submission-request.mjs';

/**
 * For benchmarks in which limits of the service must refuse nothing, however fast the machine is; what a charge costs
 * does not depend on them.
 */
export const roomyLimits = {
  RATE_LIMIT_ADDRESS: '2000000/1000000',
  RATE_LIMIT_CREDENTIAL: '2000000/1000000',
  RATE_LIMIT_TENANT: '4000000/2000000',
};

/** Settings of a service on the Redis of a contender. */
export function settingsFor({ redisUrl, directory }) {
  return {
    PORT: '0',
    REDIS_URL: redisUrl,
    DATA_DIR: join(directory, 'data'),
    ADMIN_API_KEY: API_KEY,
    SESSION_KEYS: `bench:${Buffer.alloc(32, 'bench').toString('base64')}`,
  };
}

/**
 * The service itself, built, as one process with its defaults, started as `npm start` does.
 * @param {Partial<import('../support/running-contender.mjs').Contender> & {settings?: Record<string, string>}} [options]
 *   `settings` take the place of defaults
 * @returns {import('../support/running-contender.mjs').Contender}
 */
export function service({
  name = 'Fulcrum',
  about = 'the service with its defaults: everything on, tokens leased',
  settings = {},
  requests = [submission],
  ...others
} = {}) {
  return {
    name,
    about,
    command: (place) => ({
      args: [...NODE_FLAGS, 'dist/main.js'],
      env: { ...settingsFor(place), ...settings },
    }),
    requests,
    ...others,
  };
}
