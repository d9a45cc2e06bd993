import { join } from 'node:path';
import { API_KEY, submission } from './submission-request.mjs';

/**
 * The service itself, built, as one process with its defaults.
 * @param {{name?: string, about?: string, settings?: Record<string, string>, expected?: readonly number[], requests?: object[]}} [options]
 *   `settings` take the place of defaults
 * @returns {import('../support/running-contender.mjs').Contender}
 */
export function service({
  name = 'Fulcrum',
  about = 'the service with its defaults: everything on, tokens leased',
  settings = {},
  expected,
  requests = [submission],
} = {}) {
  return {
    name,
    about,
    command: ({ redisUrl, directory }) => ({
      args: ['dist/main.js'],
      env: {
        PORT: '0',
        REDIS_URL: redisUrl,
        DATA_DIR: join(directory, 'data'),
        ADMIN_API_KEY: API_KEY,
        SESSION_KEYS: `bench:${Buffer.alloc(32, 'bench').toString('base64')}`,
        ...settings,
      },
    }),
    requests,
    expected,
  };
}
