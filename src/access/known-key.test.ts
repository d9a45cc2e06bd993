import { describe, expect, it } from 'vitest';
import type { ApiKeyRecord } from './api-key-record.js';
import { KnownKey } from './known-key.js';

const record: ApiKeyRecord = {
  id: 'k1',
  name: 'a key',
  tenant: 'acme',
  roles: [],
  permissions: [],
  createdAt: 1,
  expiresAt: undefined,
  hash: 'aa',
  earlier: [],
};

type Found = ApiKeyRecord | undefined;

/** A look-up that the test answers. */
class Pending {
  resolve: (found: Found) => void = () => undefined;
  readonly promise = new Promise<Found>((resolve) => (this.resolve = resolve));
}

describe('what is known of a key', () => {
  it('is fresh for half a second from the question, and known for a minute', async () => {
    const key = new KnownKey();
    await key.look(() => Promise.resolve(record), 1000).found;
    expect([key.isFresh(record, 1499), key.isFresh(record, 1500)]).toEqual([true, false]);
    expect(key.isFresh({ ...record }, 1499)).toBe(false);
    expect([key.lastKnown(60_999), key.lastKnown(61_000)]).toEqual([record, undefined]);
  });

  it('is asked once by all who ask within half a second', async () => {
    const key = new KnownKey();
    let asked = 0;
    const find = () => Promise.resolve({ ...record, createdAt: ++asked });
    const [first, same, next] = [key.look(find, 0), key.look(find, 499), key.look(find, 500)];
    expect(same).toBe(first);
    expect(next).not.toBe(first);
    await next.found;
    expect(asked).toBe(2);
  });

  it('stays known while look-ups fail, each of which is begun anew', async () => {
    const key = new KnownKey();
    await key.look(() => Promise.resolve(record), 0).found;
    const fail = () => Promise.reject(new Error('away'));
    await expect(key.look(fail, 600).found).rejects.toThrow('away');
    expect(key.lastKnown(601)).toBe(record);
    const later = { ...record };
    await key.look(() => Promise.resolve(later), 602).found;
    expect([key.isFresh(later, 603), key.lastKnown(60_601)]).toEqual([true, later]);
  });

  it('is no more known once a look-up, however late, found it gone', async () => {
    const key = new KnownKey();
    await key.look(() => Promise.resolve(record), 0).found;
    const [slow, next] = [new Pending(), new Pending()];
    const [first, second] = [key.look(() => slow.promise, 600), key.look(() => next.promise, 1200)];
    expect(key.lastKnown(1201)).toBe(record);
    slow.resolve(undefined);
    await first.found;
    expect(key.lastKnown(1202)).toBeUndefined();
    next.resolve(undefined);
    await second.found;
    expect(key.lastKnown(1203)).toBeUndefined();
  });

  it('is not what an overtaken look-up found', async () => {
    const key = new KnownKey();
    const [slow, next] = [new Pending(), new Pending()];
    const [first, second] = [key.look(() => slow.promise, 0), key.look(() => next.promise, 600)];
    next.resolve(undefined);
    await second.found;
    slow.resolve(record);
    await first.found;
    expect(key.lastKnown(601)).toBeUndefined();
  });
});
