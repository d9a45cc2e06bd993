import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../clients/typescript/src/client.js';
import { type Lock, LockLostError } from '../../clients/typescript/src/lock.js';

const TTL_MS = 3000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const granted = () =>
  Response.json(
    { lockId: 'lk', resources: ['a', 'b'], fencingToken: 7, expiresAt: '', ttlMs: TTL_MS },
    { status: 201 },
  );
const lost = () =>
  Response.json(
    { code: 'locking.lost', detail: 'gone', status: 409 },
    { status: 409, headers: { 'content-type': 'application/problem+json' } },
  );
const never = (signal: AbortSignal | null | undefined) =>
  new Promise<Response>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });

type Service = (signal: AbortSignal | null | undefined) => Response | Promise<Response>;

/** A lock of a service that does as it is told, and when it was asked for what. */
async function lockOf(service: { acquire?: Service; extend: Service; release?: Service }) {
  const began = performance.now();
  const asked: [what: string, at: number][] = [];
  const fetch = async (url: string, { method, signal }: RequestInit): Promise<Response> => {
    const what = method === 'DELETE' ? 'release' : url.endsWith('/extend') ? 'extend' : 'acquire';
    asked.push([what, performance.now() - began]);
    const answer = { acquire: granted, release: () => new Response(null, { status: 204 }), ...service }[what];
    return await answer(signal);
  };
  const client = createClient({ baseUrl: 'http://x', token: 't', fetch });
  const taken = client.lock(['a', 'b'], { ttlMs: TTL_MS, waitMs: 30_000 });
  return { taken, asked, since: () => performance.now() - began };
}

/** When the signal of `lock` fired. */
function abortion(lock: Lock, since: () => number): { at: number | undefined } {
  const seen: { at: number | undefined } = { at: undefined };
  lock.signal.addEventListener('abort', () => (seen.at = since()));
  return seen;
}

describe('a lock', () => {
  it('is extended at a third of its time, and says who it is', async () => {
    const { taken, asked } = await lockOf({ extend: granted });
    const lock = await taken;
    expect([lock.fence, lock.fencingToken, lock.resources]).toEqual(['a=7', 7, ['a', 'b']]);
    await vi.advanceTimersByTimeAsync(10 * TTL_MS);
    expect(asked.slice(0, 4)).toEqual([
      ['acquire', 0],
      ['extend', 1000],
      ['extend', 2000],
      ['extend', 3000],
    ]);
    expect(lock.signal.aborted).toBe(false);
    lock.throwIfLost();
    await lock.release();
    await vi.advanceTimersByTimeAsync(10 * TTL_MS);
    expect(asked.at(-1)?.[0]).toBe('release');
  });

  it('is given up before its end, although the service neither answers nor refuses', async () => {
    const { taken, since } = await lockOf({ extend: never });
    const lock = await taken;
    const seen = abortion(lock, since);
    await vi.advanceTimersByTimeAsync(TTL_MS);
    expect(seen.at).toBe(TTL_MS - 150);
    expect(lock.validForMs()).toBe(0);
    expect(() => lock.throwIfLost()).toThrow(LockLostError);
  });

  it('is kept by the first extension that succeeds in time', async () => {
    let tries = 0;
    const { taken } = await lockOf({
      extend: (signal) => ((tries += 1) <= 2 ? never(signal) : granted()),
    });
    const lock = await taken;
    await vi.advanceTimersByTimeAsync(5 * TTL_MS);
    expect(lock.signal.aborted).toBe(false);
    await lock.release();
  });

  it('is over at once when the service says so', async () => {
    const { taken, since } = await lockOf({ extend: lost });
    const lock = await taken;
    const seen = abortion(lock, since);
    await vi.advanceTimersByTimeAsync(1001);
    expect(seen.at).toBe(1000);
    expect(lock.signal.reason).toMatchObject({ name: 'LockLostError', cause: { code: 'locking.lost' } });
  });

  it('that was waited for counts from an extension: when it was granted is not known', async () => {
    const acquire = () =>
      new Promise<Response>((resolve) => {
        setTimeout(() => resolve(granted()), 20_000);
      });
    const { taken, asked } = await lockOf({ acquire, extend: granted });
    await vi.advanceTimersByTimeAsync(20_000);
    const lock = await taken;
    expect(asked).toEqual([
      ['acquire', 0],
      ['extend', 20_000],
    ]);
    expect(lock.validForMs()).toBe(TTL_MS);
    await lock.release();
  });

  it('that came too late is released, and not had', async () => {
    const acquire = () =>
      new Promise<Response>((resolve) => {
        setTimeout(() => resolve(granted()), 20_000);
      });
    const { taken, asked } = await lockOf({ acquire, extend: lost });
    const outcome = expect(taken).rejects.toMatchObject({ code: 'locking.lost' });
    await vi.advanceTimersByTimeAsync(20_000);
    await outcome;
    expect(asked.at(-1)?.[0]).toBe('release');
  });

  it('throws at its release, but not over what the body has thrown', async () => {
    const { taken } = await lockOf({ extend: granted, release: lost });
    const lock = await taken;
    await expect(lock.release()).rejects.toMatchObject({ code: 'locking.lost' });
    const body = async (): Promise<void> => {
      const second = await lockOf({ extend: granted, release: lost });
      await using held = await second.taken;
      expect(held.fencingToken).toBe(7);
      throw new Error('the body’s own error');
    };
    await expect(body()).rejects.toThrow('the body’s own error');
  });

  it('is released in no more time than it would have lasted', async () => {
    const { taken, since } = await lockOf({ extend: granted, release: never });
    const lock = await taken;
    let ended = false;
    const began = since();
    const disposal = lock[Symbol.asyncDispose]().then(() => (ended = true));
    await vi.advanceTimersByTimeAsync(2 * TTL_MS);
    expect(ended).toBe(true);
    await disposal;
    expect(since() - began).toBe(2 * TTL_MS);
  });
});
