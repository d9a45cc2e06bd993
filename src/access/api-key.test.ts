import { describe, expect, it } from 'vitest';
import { formatApiKey, hashSecret, newKeyId, newSecret, parseApiKey, sameHash } from './api-key.js';
import { type ApiKeyRecord, decodeRecord, encodeRecord } from './api-key-record.js';

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
    previous: undefined,
  };

  it.each<[string, Partial<ApiKeyRecord>]>([
    ['with neither expiry nor earlier secret', {}],
    ['with an expiry', { expiresAt: 4_102_444_799_000 }],
    ['with an earlier secret', { previous: { hash: 'bb', until: 7 } }],
    ['with permissions alone', { roles: [], permissions: ['streams:write:orders.*', '*:read'] }],
  ])('is read back as it was written, %s', (_what, change) => {
    const written = { ...record, ...change };
    const flat = encodeRecord(written).map(String);
    const fields: Record<string, string> = {};
    for (let at = 0; at < flat.length; at += 2) fields[flat[at] ?? ''] = flat[at + 1] ?? '';
    expect(decodeRecord('k1', fields)).toEqual(written);
  });

  it('that is not there is none', () => {
    expect(decodeRecord('k1', {})).toBeUndefined();
  });
});
