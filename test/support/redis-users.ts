import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/** The users that a deployment gives the service, and the clients of its message transport. */
export type RedisUser = 'fulcrum' | 'fulcrum-client';

export const ACL_FILE = new URL('../../deploy/redis/users.acl', import.meta.url);

const passwordOf = (user: RedisUser) => `${user}-test-password`;

/** The lines of the shipped ACL file as an operator completes them: with the hashes of passwords. */
export function completedAcl(): string[] {
  const text = readFileSync(ACL_FILE, 'utf8').replace(
    /(?<=^user (\S+) on )#\S+/gm,
    (_placeholder, user: RedisUser) => {
      return `#${createHash('sha256').update(passwordOf(user)).digest('hex')}`;
    },
  );
  return text.split('\n').filter((line) => line !== '');
}

/** Those lines as they may stand in redis.conf, where the user that a test looks behind the service's back with is set. */
export function usersOfAcl(): string[] {
  return completedAcl().filter((line) => !line.startsWith('user default '));
}

/** The same server for another user. */
export function asUser(url: string, user: RedisUser): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = passwordOf(user);
  return changed.href;
}

/** What a server refused the users of the ACL file since the last call, one line each; `client` is an administrator's. */
export async function takeRefusals(client: Redis): Promise<string[]> {
  const entries = (await client.call('ACL', 'LOG', '128')) as (string | number)[][];
  await client.call('ACL', 'LOG', 'RESET');
  return entries
    .map((fields) => {
      const of = (name: string) => String(fields[fields.indexOf(name) + 1]);
      return `${of('username')}: ${of('reason')} ${of('object')} (${of('context')})`;
    })
    .filter((line) => line.startsWith('fulcrum') && !/: auth |client\|setinfo/.test(line));
}
