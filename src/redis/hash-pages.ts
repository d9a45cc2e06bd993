import type { RedisGateway } from './redis-gateway.js';

/** A field of a hash and what stands in it. */
export type HashField = readonly [field: string, value: string];

/**
 * The fields of a hash, in pages of about `count`; a hash that Redis keeps in one piece comes as one page. Each field that
 * stands all the while comes at least once, one that comes or goes meanwhile maybe, and some come twice (HSCAN).
 * @throws AppError of the kind `unavailable` if Redis stays away
 */
export async function* hashPages(
  gateway: RedisGateway,
  key: string,
  count: number,
): AsyncGenerator<readonly HashField[]> {
  let cursor = '0';
  do {
    const from = cursor;
    const [next, flat] = await gateway.execute((client) => client.hscan(key, from, 'COUNT', count), {
      repeatable: true,
    });
    cursor = next;
    const fields: HashField[] = [];
    for (let at = 0; at < flat.length; at += 2) fields.push([flat[at] ?? '', flat[at + 1] ?? '']);
    if (fields.length > 0) yield fields;
  } while (cursor !== '0');
}
