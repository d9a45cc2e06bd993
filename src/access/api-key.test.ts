import { describe, expect, it } from 'vitest';
import { formatApiKey, hashSecret, newKeyId, newSecret, parseApiKey, sameHash } from './api-key.js';
import { type ApiKeyRecord, decodeRecord, encodeRecord, rotated } from './api-key-record.js';

describe('an API key', () => {
  it('is read back as it was formed', () => {
    const [id, secret] = [newKeyId(), newSecret()];
    expect(parseApiKey(formatApiKey(id, secret))).toEqual({ id, secret });
  });

  it('may have underscores in its secret', () => {
    expect(parseApiKey('fk_a-1_s_e_c')).toEqual({ id: 'a-1', secret: 's_e_c' });
  });

  it.each([
    '',
    'fk_',
    'fk__s',
    'fk_a_',
    'fk_a',
    'FK_a_s',
    'fk_a b_s',
    'fk_a_s s',
    'fk_a_ü',
    `fk_${'a'.repeat(65)}_s`,
  ])('is not %j', (text) => expect(parseApiKey(text)).toBeUndefined());

  it('has an id that sorts by the time it was made, and a secret of 256 bits', () => {
    const ids = Array.from({ length: 200 }, newKeyId);
    expect(new Set(ids).size).toBe(200);
    const instants = ids.map((id) => parseInt(id.slice(0, 12), 16));
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
    expect(Math.abs((instants[0] ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(newSecret()).toMatch(/^[\da-f]{64}$/);
    expect(newSecret()).not.toBe(newSecret());
  });

  it('is compared by hash', () => {
    expect(sameHash(hashSecret('one'), hashSecret('one'))).toBe(true);
    expect(sameHash(hashSecret('one'), hashSecret('two'))).toBe(false);
    expect(sameHash(hashSecret('one'), '')).toBe(false);
  });
});

/** The hash that Redis has of `record`. */
function fieldsOf(record: ApiKeyRecord): Record<string, string> {
  const flat = encodeRecord(record).map(String);
  const fields: Record<string, string> = {};
  for (let at = 0; at < flat.length; at += 2) fields[flat[at] ?? ''] = flat[at + 1] ?? '';
  return fields;
}

describe('a stored record', () => {
  const record: ApiKeyRecord = {
    id: 'k1',
    name: 'reports of Zoë',
    tenant: 'acme',
    roles: ['reader', 'moderator'],
    permissions: [],
    createdAt: 1,
    expiresAt: undefined,
    hash: 'aa',
    earlier: [],
  };

  it.each<[string, Partial<ApiKeyRecord>]>([
    ['with neither expiry nor earlier secret', {}],
    ['with an expiry', { expiresAt: 4_102_444_799_000 }],
    ['with an earlier secret', { earlier: [{ hash: 'bb', until: 7 }] }],
    ['with several', { earlier: ['bb', 'cc', 'dd'].map((hash, at) => ({ hash, until: 7 + at })) }],
    ['with permissions alone', { roles: [], permissions: ['streams:write:orders.*', '*:read'] }],
  ])('is read back as it was written, %s', (_what, change) => {
    const written = { ...record, ...change };
    expect(decodeRecord('k1', fieldsOf(written))).toEqual(written);
  });

  it('has its newest earlier secret where it was the only one, and is read without others', () => {
    const fields = fieldsOf({ ...record, earlier: ['bb', 'cc'].map((hash) => ({ hash, until: 7 })) });
    expect(fields).toMatchObject({ previousHash: 'bb', previousUntil: '7', earlier: 'cc 7' });
    const { earlier: _later, ...before } = fields;
    expect(decodeRecord('k1', before)?.earlier).toEqual([{ hash: 'bb', until: 7 }]);
  });

  it('that is not there is none', () => {
    expect(decodeRecord('k1', {})).toBeUndefined();
  });

  it('keeps through rotations every secret that has time left, without those whose time is over', () => {
    const first = rotated(record, 'bb', 1000, 0);
    const second = rotated(first, 'cc', 5000, 100);
    expect(second).toMatchObject({ hash: 'cc' });
    expect(second.earlier).toEqual([
      { hash: 'bb', until: 5100 },
      { hash: 'aa', until: 1000 },
    ]);
    expect(rotated(second, 'dd', 0, 999).earlier).toEqual(second.earlier);
    expect(rotated(second, 'dd', 1, 1000).earlier.map(({ hash }) => hash)).toEqual(['cc', 'bb']);
  });

  it('keeps the newest eight earlier secrets', () => {
    let last = record;
    for (let at = 0; at < 20; at++) last = rotated(last, `hash-${at}`, 1000, at);
    expect(last.earlier.map(({ hash }) => hash)).toEqual(
      Array.from({ length: 8 }, (_, at) => `hash-${18 - at}`),
    );
  });
});
