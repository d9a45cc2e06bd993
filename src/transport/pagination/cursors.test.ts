import { describe, expect, it } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { Cursors } from './cursors.js';
import { ServiceSecret } from './service-secret.js';

function cursorsWith(material: string): Cursors {
  const secret = Object.create(ServiceSecret.prototype) as ServiceSecret;
  Reflect.set(secret, 'material', Buffer.from(material));
  return new Cursors(secret);
}

const cursors = cursorsWith('the secret of every node');
const scope = ['leaderboards.entries', 'acme', 'board', ''];

function isRefused(attempt: () => unknown): boolean {
  try {
    attempt();
    return false;
  } catch (error) {
    return error instanceof AppError && error.code === 'pagination.invalid-cursor';
  }
}

describe('a cursor', () => {
  it.each([[[]], [['a']], [['12.5', '日本', '', '"quoted"']]])('gives back the position %j', (position) => {
    const cursor = cursors.encode(scope, position);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(cursors.decode(scope, cursor)).toEqual(position);
  });

  it('that was not sent is none', () => {
    expect(cursors.decode(scope, undefined)).toBeUndefined();
  });

  it('holds on every node that shares the secret, and on no other', () => {
    const cursor = cursors.encode(scope, ['a']);
    expect(cursorsWith('the secret of every node').decode(scope, cursor)).toEqual(['a']);
    expect(isRefused(() => cursorsWith('another secret').decode(scope, cursor))).toBe(true);
  });

  it('is bound to its list: no other scope takes it, however its parts are cut', () => {
    const cursor = cursors.encode(scope, ['a']);
    for (const other of [
      ['leaderboards.entries', 'other', 'board', ''],
      ['leaderboards.entries', 'acme', 'board', '1'],
      ['leaderboards.entries', 'acmeboard', '', ''],
      ['leaderboards.entries', 'acme', 'board'],
      [],
    ]) {
      expect(
        isRefused(() => cursors.decode(other, cursor)),
        other.join('|'),
      ).toBe(true);
    }
  });

  it('is refused with other bytes that read the same as text', () => {
    const bytes = Buffer.from(cursors.encode(scope, ['\ufffd']), 'base64url');
    const at = bytes.indexOf('\ufffd');
    const other = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]);
    expect(other.toString('utf8', 16)).toBe(bytes.toString('utf8', 16));
    expect(isRefused(() => cursors.decode(scope, other.toString('base64url')))).toBe(true);
  });

  it('is refused with any byte changed, cut off or added, and as anything else', () => {
    const cursor = cursors.encode(scope, ['position']);
    const bytes = Buffer.from(cursor, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(
        isRefused(() => cursors.decode(scope, changed.toString('base64url'))),
        `byte ${at}`,
      ).toBe(true);
      expect(isRefused(() => cursors.decode(scope, cursor.slice(0, at)))).toBe(true);
    }
    for (const text of [`${cursor}A`, `${cursor}=`, `${cursor}!`, '', 'null', '%%%', 'A'.repeat(5000)]) {
      expect(
        isRefused(() => cursors.decode(scope, text)),
        text.slice(0, 20),
      ).toBe(true);
    }
  });
});
