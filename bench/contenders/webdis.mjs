import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { built } from '../../scripts/built-module.mjs';

/** Where webdis is; undefined if it is not installed. */
export function findWebdis() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'webdis'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * webdis, a server in C that hands commands on to Redis as they come.
 * @param {string} program
 * @param {import('../support/running-contender.mjs').Contender['requests']} requests
 * @returns {import('../support/running-contender.mjs').Contender}
 */
export const webdis = (program, requests) => ({
  name: 'webdis',
  about:
    'webdis, one thread: `ZADD` and `ZREVRANGE` as they come; no credential, no validation, no limits, no rank in the answer',
  command: async ({ redisUrl, directory }) => {
    const { freePort } = await built('redis/embedded/free-port.js');
    const { hostname, port, password } = new URL(redisUrl);
    const file = join(directory, 'webdis.json');
    const httpPort = await freePort();
    await writeFile(
      file,
      JSON.stringify({
        redis_host: hostname,
        redis_port: Number(port),
        redis_auth: password,
        http_host: '127.0.0.1',
        http_port: httpPort,
        threads: 1,
        daemonize: false,
        database: 0,
        verbosity: 0,
        logfile: join(directory, 'webdis.log'),
      }),
      // The password of the contender's Redis is in it.
      { mode: 0o600 },
    );
    return { program, args: [file], env: {}, port: httpPort };
  },
  requests,
});
