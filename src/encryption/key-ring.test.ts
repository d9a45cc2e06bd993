import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EncryptionKey } from '../config/setting-validators.js';
import { AppError } from '../errors/app-error.js';
import { seedOfRun } from '../../test/support/random.js';
import { keyIdOf, KeyRing, type SealingContext } from './key-ring.js';

const newKey = (id: string): EncryptionKey => ({ id, secret: randomBytes(32) });
const [first, second] = [newKey('first'), newKey('second')] as const;
const ring = new KeyRing([first]);
const PLACE: SealingContext = ['test.value', 'tenant', 'board', 'member'];

fc.configureGlobal({ seed: seedOfRun() });

const texts = fc.string({ unit: 'binary', maxLength: 2000 });
const parts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', ':', '1:a', '\ud800'),
);
const contexts: fc.Arbitrary<SealingContext> = fc
  .tuple(parts, fc.array(parts, { maxLength: 4 }))
  .map(([what, place]) => [what, ...place]);

type Sealer = Pick<KeyRing, 'seal' | 'open'>;

/** What `open` makes of `sealed`: the text, or the code of the only error that it may throw. */
function opened(sealer: Sealer, sealed: string, context: SealingContext): { text: string } | 'unreadable' {
  try {
    return { text: sealer.open(sealed, context) };
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'encryption.unreadable',
      kind: 'unavailable',
      detail: 'A stored value of this resource cannot be read.',
      details: { retryable: false },
    });
    return 'unreadable';
  }
}

/** `text` with the byte at `at` replaced by each of some others in turn: bits flipped, and what base64 decoders skip. */
function* changedAt(text: string, at: number): Generator<string> {
  const code = text.charCodeAt(at);
  const others = [1, 2, 4, 8, 16, 32, 64].map((bit) => String.fromCharCode(code ^ bit));
  for (const other of [...others, '\n', '=', '+', '/', '-', '_', 'é', ''])
    if (other !== text[at]) yield text.slice(0, at) + other + text.slice(at + 1);
}

describe('a sealed text', () => {
  it('opens to what was sealed, whatever the text and the context', () => {
    fc.assert(
      fc.property(texts, contexts, (text, context) => {
        const sealed = ring.seal(text, context);
        expect(ring.open(sealed, context)).toBe(text);
        expect(sealed).toMatch(/^enc1:first:[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it('opens at 64 KiB and when it is empty', () => {
    for (const text of ['', '€'.repeat(65_536 / 3)])
      expect(ring.open(ring.seal(text, PLACE), PLACE)).toBe(text);
  });

  it('is never a JSON document, and none of those is taken for one', () => {
    expect(() => JSON.parse(ring.seal('{}', PLACE)) as unknown).toThrow();
    fc.assert(fc.property(fc.json(), (json) => keyIdOf(json) === undefined));
  });

  it('has its nonce, its ciphertext and its tag where any AES-256-GCM finds them', () => {
    const sealed = ring.seal('known text', ['a', 'bc', '']);
    const bytes = Buffer.from(sealed.split(':')[2] ?? '', 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', first.secret, bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from('4:enc15:first1:a2:bc0:', 'utf16le'));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    expect(plain.toString()).toBe('known text');
  });

  it('is read when another program sealed it', () => {
    const nonce = Buffer.from('000102030405060708090a0b', 'hex');
    const cipher = createCipheriv('aes-256-gcm', first.secret, nonce);
    cipher.setAAD(Buffer.from('4:enc15:first1:a2:bc0:', 'utf16le'));
    const bytes = Buffer.concat([nonce, cipher.update('known text'), cipher.final(), cipher.getAuthTag()]);
    expect(ring.open(`enc1:first:${bytes.toString('base64url')}`, ['a', 'bc', ''])).toBe('known text');
  });

  it('of an earlier version of this program is still read', () => {
    const earlier = new KeyRing([{ id: '2026-11', secret: Buffer.alloc(32, 7) }]);
    const sealed = 'enc1:2026-11:AAECAwQFBgcICQoLY6OHEXBs-3NV84H9wCUGFHnuJNEXIjZMNmcgk6dN';
    expect(earlier.open(sealed, ['leaderboards.metadata', 'default', 'weekly', 'Zoë'])).toBe(
      '{"name":"Ada"}',
    );
  });
});

describe('a text that is not what was sealed here', () => {
  it('is refused at whichever byte it was changed', () => {
    let changes = 0;
    // Three lengths: the last letter of base64 has four, two or no bits to spare.
    for (const text of ['{"name":"Ada"}', '{"name":"Ada!"}', '{"name":"Ada!!"}']) {
      const sealed = ring.seal(text, PLACE);
      for (let at = 0; at < sealed.length; at++) {
        for (const changed of changedAt(sealed, at)) {
          changes++;
          expect(opened(ring, changed, PLACE), JSON.stringify(changed)).toBe('unreadable');
        }
      }
    }
    expect(changes).toBeGreaterThan(2500);
  });

  it('is refused wherever it is cut off, and with anything before or behind it', () => {
    const sealed = ring.seal('{"name":"Ada Lovelace"}', PLACE);
    for (let at = 0; at < sealed.length; at++) {
      expect(opened(ring, sealed.slice(0, at), PLACE)).toBe('unreadable');
      expect(opened(ring, sealed.slice(at + 1), PLACE)).toBe('unreadable');
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (extra) => {
        expect(opened(ring, sealed + extra, PLACE)).toBe('unreadable');
        expect(opened(ring, extra + sealed, PLACE)).toBe('unreadable');
      }),
    );
    expect(opened(ring, sealed + sealed, PLACE)).toBe('unreadable');
  });

  it('is refused with the same error and no other, if it is any text at all', () => {
    const head = fc.constantFrom(
      '',
      'enc1:',
      'enc1:first:',
      'enc1:other:',
      'enc2:first:',
      'enc1::',
      'enc1:first',
    );
    const rest = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.base64String({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    fc.assert(
      fc.property(head, rest, contexts, (start, end, context) => {
        expect(opened(ring, start + end, context)).toBe('unreadable');
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused under a key that the ring has not, or has with another secret', () => {
    const sealed = ring.seal('text', PLACE);
    for (const other of [[], [second], [{ ...second, id: 'first' }]]) {
      expect(opened(new KeyRing(other), sealed, PLACE)).toBe('unreadable');
    }
  });

  it('is refused under another key id, though the key is the same', () => {
    const twice = new KeyRing([first, { ...first, id: 'alias' }]);
    const sealed = twice.seal('text', PLACE);
    expect(opened(twice, sealed.replace(':first:', ':alias:'), PLACE)).toBe('unreadable');
  });

  it('says in the log what it is and under which key, and nothing of what it holds', () => {
    const causeOf = (sealed: string): string => {
      try {
        ring.open(sealed, PLACE);
      } catch (error) {
        if (error instanceof AppError && error.details.cause instanceof Error)
          return error.details.cause.message;
      }
      throw new Error('it was opened');
    };
    expect(causeOf(new KeyRing([second]).seal('canary', PLACE))).toBe(
      'test.value is under the key second, which is not in SESSION_KEYS',
    );
    const moved = ring.seal('canary', ['test.value', 'elsewhere']);
    expect(causeOf(moved)).toBe('test.value under the key first was changed, or sealed for another place');
    expect(causeOf(`${moved} `)).toBe('test.value under the key first is cut off or changed');
    expect(causeOf('canary')).toBe('test.value is not in a form that is known');
  });
});

/** The values that can be moved to another context: pairs of contexts between which `sealer` does not tell. */
function movable(sealer: Sealer, pairs: readonly (readonly [SealingContext, SealingContext])[]): number {
  return pairs.filter(([from, to]) => opened(sealer, sealer.seal('text', from), to) !== 'unreadable').length;
}

describe('a value’s place', () => {
  const pairs: (readonly [SealingContext, SealingContext])[] = [
    [
      ['a', 'tenant', 'board', 'member'],
      ['a', 'tenant', 'board', 'other'],
    ],
    [
      ['a', 'b', 'c'],
      ['a', 'c', 'b'],
    ],
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [
      ['a', 'b', ''],
      ['a', 'b'],
    ],
    [
      ['a', 'b/c', 'd'],
      ['a', 'b', 'c/d'],
    ],
    [
      ['a', 'b1:c'],
      ['a', 'b', 'c'],
    ],
    [
      ['a', '\ud800'],
      ['a', '\ud801'],
    ],
    [
      ['a', 'é'],
      ['a', 'e\u0301'],
    ],
  ];

  it('is part of it: it opens nowhere else', () => {
    expect(movable(ring, pairs)).toBe(0);
    fc.assert(
      fc.property(contexts, contexts, (from, to) => {
        fc.pre(JSON.stringify(from) !== JSON.stringify(to));
        expect(movable(ring, [[from, to]])).toBe(0);
      }),
    );
  });

  it('is seen to be none in rings that do not bind it, or bind it as a mere sequence of letters', () => {
    const through = (bind: (context: SealingContext) => SealingContext): Sealer => ({
      seal: (text, context) => ring.seal(text, bind(context)),
      open: (sealed, context) => ring.open(sealed, bind(context)),
    });
    expect(
      movable(
        through(() => ['']),
        pairs,
      ),
    ).toBe(pairs.length);
    expect(
      movable(
        through((context) => [context.join('')]),
        pairs,
      ),
    ).toBeGreaterThan(0);
    expect(
      movable(
        through((context) => [context.join('/')]),
        pairs,
      ),
    ).toBeGreaterThan(0);
    expect(
      movable(
        through(([what, ...place]) => [what, ...place.map((part) => Buffer.from(part).toString())]),
        pairs,
      ),
    ).toBe(1);
  });
});

describe('keys', () => {
  it('all open, the first seals, and what is under another is stale', () => {
    const old = new KeyRing([first]).seal('text', PLACE);
    const both = new KeyRing([second, first]);
    expect(both.open(old, PLACE)).toBe('text');
    const renewed = both.seal(both.open(old, PLACE), PLACE);
    expect([old, renewed].map(keyIdOf)).toEqual(['first', 'second']);
    expect([old, renewed, 'in clear'].map((text) => both.isStale(text))).toEqual([true, false, true]);
    const after = new KeyRing([second]);
    expect(after.open(renewed, PLACE)).toBe('text');
    expect(opened(after, old, PLACE)).toBe('unreadable');
  });

  it('are needed to seal anything', () => {
    expect(() => new KeyRing([]).seal('text', PLACE)).toThrow('without keys');
  });
});
