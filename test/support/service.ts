import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApplication, type Application } from '../../src/application.js';
import type { Extensions } from '../../src/app.module.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { ApiClient } from './api-client.js';

export const ADMIN_KEY = 'fk_admin_0123456789abcdef0123456789abcdef';

/** Required with a Redis of one's own, which is what tests have. */
export const SESSION_KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

/** The real service in this process, on a free port. */
export interface TestService {
  readonly url: string;
  readonly application: Application;
  /** A client with the admin's key. */
  readonly admin: ApiClient;
  /** A client with another credential, or with none. */
  as(token: string | undefined): ApiClient;
  stop(): Promise<void>;
}

/** Starts the service with `environment` and test defaults (free port, known admin key, silent log). */
export async function startService(
  environment: Readonly<Record<string, string>>,
  extensions?: Extensions,
): Promise<TestService> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'fulcrum-data-'));
  const settings = loadSettings({
    PORT: '0',
    LOG_LEVEL: 'silent',
    ADMIN_API_KEY: ADMIN_KEY,
    SESSION_KEYS,
    DATA_DIR: dataDirectory,
    SHUTDOWN_GRACE_MS: '2000',
    // Tests send as fast as they can; those of the limits themselves switch them on.
    RATE_LIMIT_ADDRESS: 'off',
    RATE_LIMIT_CREDENTIAL: 'off',
    RATE_LIMIT_TENANT: 'off',
    ...environment,
  });
  const application = await createApplication(settings, extensions);
  await application.nest.listen({ port: 0, host: '127.0.0.1' });
  const url = (await application.nest.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    url,
    application,
    admin: new ApiClient(url, ADMIN_KEY),
    as: (token) => new ApiClient(url, token),
    stop: async () => {
      await application.nest.close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
