import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoredSessionsService } from '../../../src/features/sessions/sessions.stored.service.js';
import { openServices, type Services } from '../../../src/services.js';
import { dumpText } from '../../support/redis-dump.js';
import { startRedis } from '../../support/redis-server.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { expressStore, newSid, open, promised, sessionOf, silentSettings } from './stores.js';
import { undisturbed } from './undisturbed.js';

let topology: Topology;
let services: Services;
let store: ReturnType<typeof promised>;

beforeAll(async () => {
  topology = await startTopology();
  services = await open(topology.settings);
  store = promised(expressStore(services));
});

afterAll(async () => {
  await services?.close();
  await topology?.stop();
});

describe('the store, called as express-session calls it', () => {
  it('has null for an id that it does not know', async () => {
    expect(await store.get(newSid())).toBeNull();
  });

  it('gives what was set, and what was set last', async () => {
    const sid = newSid();
    await store.set(sid, sessionOf({ user: 'zoë', cart: [{ id: 1 }], none: null }));
    const read = await store.get(sid);
    expect(read).toMatchObject({ user: 'zoë', cart: [{ id: 1 }], none: null });
    expect(read?.cookie).toMatchObject({ originalMaxAge: 60_000, httpOnly: true, path: '/' });
    await store.set(sid, sessionOf({ user: 'ann' }));
    expect(await store.get(sid)).not.toHaveProperty('cart');
    // A minute and a half from now on its cookie would be over.
    expect(Math.abs(Number(read?.cookie.expires) - Date.now() - 60_000)).toBeLessThan(10_000);
  });

  it('keeps what the session was when it was set, whatever becomes of the object', async () => {
    const [sid, session] = [newSid(), sessionOf({ list: [1] })];
    const set = store.set(sid, session);
    session.cookie.originalMaxAge = 1;
    Object.assign(session, { list: [2] });
    await set;
    expect(await store.get(sid)).toMatchObject({ list: [1], cookie: { originalMaxAge: 60_000 } });
  });

  it('lasts as long as its cookie, prolonged by each touch, which changes none of its data', async () => {
    await undisturbed(async (lasting) => {
      const use = lasting(1200);
      const sid = newSid();
      await use(() => store.set(sid, sessionOf({ n: 1 }, 1200)));
      for (let touches = 0; touches < 3; touches++) {
        await pause(600);
        await use(() => store.touch(sid, sessionOf({ n: 2, more: true }, 1200)));
      }
      const read = await use(() => store.get(sid));
      expect(read).toMatchObject({ n: 1 });
      expect(read).not.toHaveProperty('more');
      await pause(1300);
      expect(await store.get(sid)).toBeNull();
      // What is over is not touched back to life.
      await store.touch(sid, sessionOf({ n: 3 }, 60_000));
      expect(await store.get(sid)).toBeNull();
    });
  });

  it('lasts for the maxAge of its last touch', async () => {
    const sid = newSid();
    await store.set(sid, sessionOf({ n: 1 }, 1500));
    await store.touch(sid, sessionOf({ n: 2 }, 3_600_000));
    expect(await store.get(sid)).toMatchObject({ n: 1, cookie: { originalMaxAge: 3_600_000 } });
    await pause(1600);
    expect(await store.get(sid)).toMatchObject({ n: 1 });
    await store.touch(sid, sessionOf({}, 300));
    await pause(500);
    expect(await store.get(sid)).toBeNull();
  });

  it('loses nothing that is set while another touch gives it another maxAge', async () => {
    const sid = newSid();
    await store.set(sid, sessionOf({ n: 0 }));
    for (let n = 1; n <= 20; n++) {
      const touches = [1, 2, 3].map((at) => store.touch(sid, sessionOf({}, 100_000 * n + 10_000 * at)));
      await Promise.all([store.set(sid, sessionOf({ n })), ...touches]);
      expect(await store.get(sid)).toMatchObject({ n });
    }
  });

  it('is gone within a second of its end, and one whose cookie is over is not written', async () => {
    await undisturbed(async (lasting) => {
      const use = lasting(500);
      const sid = newSid();
      await use(() => store.set(sid, sessionOf({}, 500)));
      expect(await use(() => store.get(sid))).not.toBeNull();
      await pause(600);
      expect(await store.get(sid)).toBeNull();
    });
    const over = newSid();
    await store.set(over, sessionOf({}));
    await store.set(over, sessionOf({}, -1));
    expect(await store.get(over)).toBeNull();
  });

  it('lasts for ttlMs if its cookie has no maxAge', async () => {
    const short = promised(expressStore(services, { name: 'short', ttlMs: 700 }));
    const [other, falsy] = [newSid(), newSid()];
    await store.set(other, sessionOf({ n: 1 }, null));
    // As documentation of express-session has it for a cookie that lasts as long as its browser.
    await store.set(falsy, { cookie: { originalMaxAge: false, expires: false } } as never);
    await undisturbed(async (lasting) => {
      const use = lasting(700);
      const sid = newSid();
      await use(() => short.set(sid, sessionOf({ n: 1 }, null)));
      const read = await use(() => short.get(sid));
      expect(read).toMatchObject({ n: 1, cookie: { originalMaxAge: null, expires: null } });
      await pause(800);
      expect(await short.get(sid)).toBeNull();
    });
    expect(await store.get(other)).not.toBeNull();
    expect(await store.get(falsy)).not.toBeNull();
  });

  it('ends with destroy, for whoever sets or touches it afterwards, and again is no error', async () => {
    const sid = newSid();
    await store.set(sid, sessionOf({ n: 1 }));
    await store.destroy(sid);
    await store.set(sid, sessionOf({ n: 2 }));
    await store.touch(sid, sessionOf({ n: 2 }));
    expect(await store.get(sid)).toBeNull();
    await store.destroy(sid);
    await store.destroy(newSid());
  });

  it('lists and counts its sessions, and ends all of them, whether or not somebody wants to know', async () => {
    const mine = promised(expressStore(services, { name: 'listed' }));
    expect([await mine.length(), await mine.all()]).toEqual([0, []]);
    const sids = Array.from({ length: 40 }, newSid);
    await Promise.all(sids.map((sid, n) => mine.set(sid, sessionOf({ n }))));
    await mine.set(newSid(), sessionOf({}, 200));
    await pause(300);
    expect(await mine.length()).toBe(40);
    expect((await mine.ids())?.sort()).toEqual([...sids].sort());
    const all = await mine.all();
    expect(all?.map(({ id }) => id).sort()).toEqual([...sids].sort());
    expect(all?.find(({ id }) => id === sids[7])).toMatchObject({ n: 7, cookie: { originalMaxAge: 60_000 } });
    expressStore(services, { name: 'listed' }).clear();
    await mine.clear();
    expect([await mine.length(), await mine.all()]).toEqual([0, []]);
    await mine.set(sids[0] ?? '', sessionOf({}));
    expect(await mine.get(sids[0] ?? '')).toBeNull();
  });

  it('meets no session of another name or tenant', async () => {
    const others = [{ name: 'shop' }, { tenant: 'acme' }].map((options) =>
      promised(expressStore(services, options)),
    );
    const sid = newSid();
    await store.set(sid, sessionOf({ n: 1 }));
    for (const other of others) {
      expect(await other.get(sid)).toBeNull();
      await other.destroy(sid);
      await other.touch(sid, sessionOf({ n: 2 }));
      await other.set(sid, sessionOf({ n: 3 }));
      await other.clear();
    }
    expect(await store.get(sid)).toMatchObject({ n: 1 });
  });

  it('tells the callback of what cannot be stored, and keeps what was', async () => {
    const sid = newSid();
    await store.set(sid, sessionOf({ n: 1 }));
    await expect(store.set(sid, sessionOf({ pad: 'x'.repeat(65_536) }))).rejects.toMatchObject({
      code: 'request.invalid',
    });
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    await expect(store.set(sid, sessionOf(circular))).rejects.toThrow(TypeError);
    expect(await store.get(sid)).toMatchObject({ n: 1 });
    const room = 65_536 - Buffer.byteLength(JSON.stringify(sessionOf({ pad: '' })));
    await store.set(sid, sessionOf({ pad: 'x'.repeat(room) }));
    expect((await store.get(sid))?.pad).toHaveLength(room);
  });

  it('tells the callback of what was written under its name, and is no session of a framework', async () => {
    const sid = newSid();
    const store = { tenant: 'default', name: 'cookieless' };
    await services.get(StoredSessionsService).set(store, sid, { n: 1 }, 60_000);
    const named = promised(expressStore(services, { name: 'cookieless' }));
    await expect(named.get(sid)).rejects.toThrow('it has no cookie');
  });

  it('leaves neither ids nor data in Redis for others to read', async () => {
    const sid = newSid();
    await store.set(sid, sessionOf({ secret: 'the-queen-of-hearts' }));
    await store.touch(sid, sessionOf({}, 90_000));
    const text = await dumpText(topology);
    expect(text).toContain('sessions');
    for (const word of [sid, 'the-queen-of-hearts', 'originalMaxAge', Buffer.from(sid).toString('base64url')])
      expect(text).not.toContain(word);
  });
});

describe('the store without Redis', () => {
  it('has an error for each callback in bounded time', async () => {
    const redis = await startRedis();
    const away = await openServices(silentSettings({ REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '300' }));
    try {
      const lost = promised(expressStore(away));
      const sid = newSid();
      await lost.set(sid, sessionOf({ n: 1 }));
      await redis.stop();
      const begun = performance.now();
      const asked = [
        () => lost.get(sid),
        () => lost.set(sid, sessionOf({})),
        () => lost.touch(sid, sessionOf({})),
        () => lost.destroy(sid),
        () => lost.all(),
        () => lost.length(),
        () => lost.clear(),
      ];
      const results = await Promise.allSettled(asked.map((ask) => ask()));
      expect(results.map(({ status }) => status)).toEqual(asked.map(() => 'rejected'));
      for (const result of results)
        expect(['redis.unavailable', 'redis.outcome-unknown']).toContain(
          result.status === 'rejected' ? (result.reason as { code: string }).code : '',
        );
      expect(performance.now() - begun).toBeLessThan(3000);
    } finally {
      await away.close();
      await redis.stop();
    }
  });
});
