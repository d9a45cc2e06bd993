import { setTimeout as pause } from 'node:timers/promises';
import type { SessionOptions } from 'express-session';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionStoreOptions } from '../../../src/features/sessions/sessions.store.js';
import type { Services } from '../../../src/services.js';
import { startRedis } from '../../support/redis-server.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { CookieClient } from './cookie-client.js';
import { type ExpressApp, startExpress } from './express-app.js';
import { expressStore, open, promised } from './stores.js';
import { undisturbed } from './undisturbed.js';

let topology: Topology;
let services: Services;
const apps: ExpressApp[] = [];

beforeAll(async () => {
  topology = await startTopology();
  services = await open(topology.settings);
});

afterEach(() => {
  for (const app of apps.splice(0)) app.stop();
});

afterAll(async () => {
  await services?.close();
  await topology?.stop();
});

async function start(
  options: Partial<SessionOptions> = {},
  of: SessionStoreOptions = {},
): Promise<ExpressApp> {
  const app = await startExpress(expressStore(services, of), { cookie: { maxAge: 60_000 }, ...options });
  apps.push(app);
  return app;
}

const read = async (browser: CookieClient, path = '/look'): Promise<unknown> =>
  JSON.parse((await browser.get(path)).text);

describe('an Express application whose sessions are kept here', () => {
  it('knows a browser again, also in another process, and nobody else', async () => {
    const [one, another] = [await start(), await start()];
    const browser = new CookieClient(one.url);
    expect(await read(browser, '/hit')).toEqual({ hits: 1 });
    expect(await read(browser, '/hit')).toEqual({ hits: 2 });
    expect(await read(browser.copy(another.url))).toEqual({ hits: 2 });
    expect(await read(new CookieClient(one.url))).toEqual({});
  });

  it('changes the id at a login, takes nothing over, and never takes the old id again', async () => {
    const app = await start();
    const browser = new CookieClient(app.url);
    await browser.get('/hit');
    const before = browser.copy();
    await browser.get('/login?user=zoe');
    expect(browser.sid('sid')).not.toBe(before.sid('sid'));
    expect(await read(browser)).toEqual({ user: 'zoe' });
    // Who has the old id has a session without anything in it, and not under that id.
    const old = before.sid('sid');
    expect(await read(before)).toEqual({});
    await before.get('/hit');
    expect(before.sid('sid')).not.toBe(old);
    expect(await promised(expressStore(services)).get(old)).toBeNull();
  });

  it('logs out for good, whatever a request that still runs saves', async () => {
    const app = await start();
    const browser = new CookieClient(app.url);
    await browser.get('/login?user=zoe');
    const slow = browser.copy();
    const answer = slow.get('/slow?id=1');
    await waitUntil('it runs', () => app.waiting() === 1);
    expect(await read(browser, '/logout')).toEqual({ out: true });
    app.release('1');
    expect((await answer).status).toBe(200);
    expect(await read(slow)).toEqual({});
    expect(await promised(expressStore(services)).get(slow.sid('sid'))).toBeNull();
  });

  it('stores no session that has nothing in it with saveUninitialized: false, and each with true', async () => {
    const count = async (name: string, saveUninitialized: boolean) => {
      const app = await start({ saveUninitialized }, { name });
      const page = await new CookieClient(app.url).get('/look');
      return [page.set.length, await promised(expressStore(services, { name })).length()];
    };
    expect(await count('sparing', false)).toEqual([0, 0]);
    expect(await count('eager', true)).toEqual([1, 1]);
  });

  it.each([true, false])(
    'prolongs a session by each request that only reads it, with resave: %s',
    async (resave) => {
      const app = await start({ resave, cookie: { maxAge: 1200 } });
      await undisturbed(async (lasting) => {
        const use = lasting(1200);
        const browser = new CookieClient(app.url);
        await use(() => browser.get('/hit'));
        for (let requests = 0; requests < 4; requests++) {
          await pause(600);
          // The cookie of a browser would be over; here it is sent all the same.
          expect(await use(() => read(browser))).toEqual({ hits: 1 });
        }
        await pause(1300);
        expect(await read(browser)).toEqual({});
      });
    },
  );

  it('sends the cookie again with each answer if it is rolling, and shows how long it lasts', async () => {
    const rolling = new CookieClient((await start({ rolling: true })).url);
    await rolling.get('/hit');
    expect((await rolling.get('/look')).set).toHaveLength(1);
    const still = new CookieClient((await start()).url);
    await still.get('/hit');
    await pause(1100);
    expect((await still.get('/look')).set).toHaveLength(0);
    const { maxAge } = (await read(still, '/cookie')) as { maxAge: number };
    expect(maxAge).toBeGreaterThan(59_000);
  });

  it('saves a session by itself that was only touched for longer than its cookie lasted', async () => {
    const app = await start({ cookie: { maxAge: 1200 } });
    await undisturbed(async (lasting) => {
      const use = lasting(1200);
      const browser = new CookieClient(app.url);
      await use(() => browser.get('/hit'));
      for (let requests = 0; requests < 3; requests++) {
        await pause(600);
        await use(() => browser.get('/look'));
      }
      expect(await use(() => read(browser, '/save'))).toEqual({ saved: true });
      expect(await use(() => read(browser))).toEqual({ hits: 1 });
    });
  });

  it('keeps another maxAge that a request gave the session', async () => {
    const app = await start({ cookie: { maxAge: 1000 } });
    const browser = new CookieClient(app.url);
    await browser.get('/hit');
    await browser.get('/max-age?ms=3600000');
    await pause(1200);
    expect(await read(browser, '/cookie')).toMatchObject({ originalMaxAge: 3_600_000 });
    expect(await read(browser)).toEqual({ hits: 1 });
  });

  it('keeps the session of a cookie that lasts as long as its browser for ttlMs', async () => {
    const app = await start({ cookie: {} }, { name: 'by-browser', ttlMs: 800 });
    await undisturbed(async (lasting) => {
      const use = lasting(800);
      const browser = new CookieClient(app.url);
      const [cookie] = (await use(() => browser.get('/hit'))).set;
      expect([cookie?.maxAge, cookie?.expires]).toEqual([undefined, undefined]);
      await pause(500);
      expect(await use(() => read(browser))).toEqual({ hits: 1 });
      await pause(500);
      expect(await use(() => read(browser))).toEqual({ hits: 1 });
      await pause(900);
      expect(await read(browser)).toEqual({});
    });
  });

  it('keeps the sessions of two applications, and of two tenants, apart', async () => {
    const [one, ...others] = [
      await start(),
      await start({}, { name: 'shop' }),
      await start({}, { tenant: 'acme' }),
    ];
    const browser = new CookieClient(one?.url ?? '');
    await browser.get('/login?user=zoe');
    for (const other of others) expect(await read(browser.copy(other.url))).toEqual({});
    expect(await read(browser)).toEqual({ user: 'zoe' });
  });

  it('hears that a session is too large, and has it as it was', async () => {
    const app = await start();
    const browser = new CookieClient(app.url);
    await browser.get('/login?user=zoe');
    // express-session has begun to answer by then: it is the application that is told.
    await browser.get('/fill?bytes=70000').catch(() => undefined);
    await waitUntil('it is told', () => app.errors.includes('request.invalid'));
    expect(await read(browser)).toEqual({ user: 'zoe' });
  });

  it('answers with an error in bounded time while Redis is away, and does not take anybody for logged out', async () => {
    const redis = await startRedis();
    const away = await open({ REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '300' });
    try {
      const app = await startExpress(expressStore(away), { cookie: { maxAge: 60_000 } });
      apps.push(app);
      const browser = new CookieClient(app.url);
      await browser.get('/login?user=zoe');
      await redis.stop();
      const begun = performance.now();
      const page = await browser.get('/look');
      expect([page.status, page.set]).toEqual([500, []]);
      expect((JSON.parse(page.text) as { code: string }).code).toMatch(/^redis\./);
      expect(performance.now() - begun).toBeLessThan(2000);
    } finally {
      await away.close();
      await redis.stop();
    }
  });
});
