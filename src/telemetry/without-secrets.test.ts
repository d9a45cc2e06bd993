import { describe, expect, it } from 'vitest';
import { withoutSecrets } from './without-secrets.js';

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('nothing was thrown');
}

describe('withoutSecrets', () => {
  it.each([
    'canary',
    '{"field":canary}',
    `{"${'a'.repeat(40)}":canary, "${'b'.repeat(40)}":1}`,
    '{"field":\n"x" canary is not valid JSON',
    '"canary',
    'can"ary',
    'undefined',
  ])('hides the document that JSON.parse quotes: %j', async (text) => {
    expect(withoutSecrets(await messageOf(() => JSON.parse(text)))).not.toMatch(/can|ary|undefined/);
  });

  it('hides the password of a URL that fetch refuses', async () => {
    const password = 'canary';
    const message = await messageOf(() => fetch(`https://user:${password}@127.0.0.1:1/keys`));
    expect(message).toContain(password);
    expect(withoutSecrets(message)).toMatch(/ https:\/\/\(hidden\)@127\.0\.0\.1:1\/keys$/);
    expect(withoutSecrets('redis://:canary@a:1, rediss://b:canary@c')).toBe(
      'redis://(hidden)@a:1, rediss://(hidden)@c',
    );
  });

  it('hides the arguments of a command that Redis does not know', () => {
    const message = "ERR unknown command 'AUTH', with args beginning with: 'default' 'canary' ";
    expect(withoutSecrets(message)).toBe("ERR unknown command 'AUTH', with args (hidden)");
    const stack = `ReplyError: ${message}\n    at parseError (parser.js:179:12)`;
    expect(withoutSecrets(stack)).toContain('at parseError');
  });

  it.each([
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'connect ECONNREFUSED 127.0.0.1:6379',
    'Request to https://issuer.example/keys failed',
    'Unexpected end of JSON input',
  ])('leaves the rest as it is: %s', (message) => expect(withoutSecrets(message)).toBe(message));
});
