import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import cookie from '@fastify/cookie';
import session, { type FastifySessionOptions } from '@fastify/session';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoredSessionsService } from '../../../src/features/sessions/sessions.stored.service.js';
import { sessionStore, type SessionStoreOptions } from '../../../src/features/sessions/sessions.store.js';
import type { Services } from '../../../src/services.js';
import { dumpText } from '../../support/redis-dump.js';
import { startRedis } from '../../support/redis-server.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { CookieClient } from './cookie-client.js';
import { open, promised } from './stores.js';
import { undisturbed } from './undisturbed.js';

declare module 'fastify' {
  interface Session {
    user?: string;
    hits?: number;
    pad?: string;
  }
}

interface App {
  readonly url: string;
  readonly fastify: FastifyInstance;
  /** Requests to /slow that wait. */
  readonly slow: (() => void)[];
}

let topology: Topology;
let services: Services;
const apps: App[] = [];

beforeAll(async () => {
  topology = await startTopology();
  services = await open(topology.settings);
});

afterEach(async () => {
  for (const { fastify } of apps.splice(0)) await fastify.close();
});

afterAll(async () => {
  await services?.close();
  await topology?.stop();
});

const storeOf = (of: Services, options: SessionStoreOptions = {}) =>
  sessionStore(EventEmitter, of.get(StoredSessionsService), { name: 'fastify', ...options });

async function start(
  options: Partial<FastifySessionOptions> = {},
  stored: SessionStoreOptions = {},
  of = services,
): Promise<App> {
  const fastify = Fastify();
  const slow: (() => void)[] = [];
  await fastify.register(cookie);
  await fastify.register(session, {
    secret: 'a secret of tests, which is long enough',
    cookieName: 'sid',
    saveUninitialized: false,
    ...options,
    store: storeOf(of, stored),
    cookie: { secure: false, maxAge: 60_000, ...options.cookie },
  });
  fastify.get('/look', ({ session: { user, hits } }) => ({ user, hits }));
  fastify.get('/hit', ({ session: mine }) => {
    mine.hits = (mine.hits ?? 0) + 1;
    return { hits: mine.hits };
  });
  fastify.get('/login', async (request) => {
    await request.session.regenerate();
    request.session.user = 'zoe';
    return { user: 'zoe' };
  });
  fastify.get('/logout', async (request) => {
    await request.session.destroy();
    return { out: true };
  });
  fastify.get('/fill', (request) => {
    request.session.pad = 'x'.repeat(70_000);
    return { filled: true };
  });
  fastify.get('/slow', async (request) => {
    request.session.hits = 1000;
    await new Promise<void>((resolve) => slow.push(resolve));
    return { hits: 1000 };
  });
  const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
  apps.push({ url, fastify, slow });
  return { url, fastify, slow };
}

const read = async (browser: CookieClient, path = '/look'): Promise<unknown> =>
  JSON.parse((await browser.get(path)).text);

describe('a Fastify application whose sessions are kept here', () => {
  it('knows a browser again, also in another process, and nobody else', async () => {
    const [one, another] = [await start(), await start()];
    const browser = new CookieClient(one.url);
    expect(await read(browser, '/hit')).toEqual({ hits: 1 });
    expect(await read(browser, '/hit')).toEqual({ hits: 2 });
    expect(await read(browser.copy(another.url))).toEqual({ hits: 2 });
    expect(await read(new CookieClient(one.url))).toEqual({});
    const text = await dumpText(topology);
    expect(text).not.toContain(browser.sid('sid'));
    expect(text).not.toContain('"hits"');
  });

  it('changes the id at a login, takes nothing over, and never takes the old id again', async () => {
    const app = await start();
    const browser = new CookieClient(app.url);
    await browser.get('/hit');
    const before = browser.copy();
    await browser.get('/login');
    expect(browser.sid('sid')).not.toBe(before.sid('sid'));
    expect(await read(browser)).toEqual({ user: 'zoe' });
    const old = before.sid('sid');
    expect(await read(before)).toEqual({});
    await before.get('/hit');
    expect(before.sid('sid')).not.toBe(old);
    expect(await promised(storeOf(services)).get(old)).toBeNull();
  });

  it('logs out for good, whatever a request that still runs saves', async () => {
    const app = await start();
    const browser = new CookieClient(app.url);
    await browser.get('/login');
    const slow = browser.copy();
    const answer = slow.get('/slow');
    await waitUntil('it runs', () => app.slow.length === 1);
    expect(await read(browser, '/logout')).toEqual({ out: true });
    app.slow[0]?.();
    expect((await answer).status).toBe(200);
    expect(await read(slow)).toEqual({});
    expect(await promised(storeOf(services)).get(browser.sid('sid'))).toBeNull();
  });

  it('stores no session that has nothing in it with saveUninitialized: false, and each with true', async () => {
    const count = async (name: string, saveUninitialized: boolean) => {
      const app = await start({ saveUninitialized }, { name });
      const page = await new CookieClient(app.url).get('/look');
      return [page.set.length, await promised(storeOf(services, { name })).length()];
    };
    expect(await count('sparing', false)).toEqual([0, 0]);
    expect(await count('eager', true)).toEqual([1, 1]);
  });

  it('prolongs a session by each request if it is rolling, and else by those that change it', async () => {
    const rollingApp = await start({ cookie: { maxAge: 1200 } });
    const stillApp = await start({ rolling: false, cookie: { maxAge: 1500 } });
    await undisturbed(async (lasting) => {
      const [useRolling, useStill] = [lasting(1200), lasting(1500)];
      const [rolling, still] = [new CookieClient(rollingApp.url), new CookieClient(stillApp.url)];
      await useRolling(() => rolling.get('/hit'));
      await useStill(() => still.get('/hit'));
      await pause(800);
      expect(await useRolling(() => read(rolling))).toEqual({ hits: 1 });
      expect(await useStill(() => read(still))).toEqual({ hits: 1 });
      await pause(800);
      expect(await useRolling(() => read(rolling))).toEqual({ hits: 1 });
      expect(await read(still)).toEqual({});
      await pause(1300);
      expect(await read(rolling)).toEqual({});
    });
  });

  it('keeps the session of a cookie that lasts as long as its browser for ttlMs', async () => {
    const app = await start({ cookie: { maxAge: undefined } }, { name: 'by-browser', ttlMs: 800 });
    await undisturbed(async (lasting) => {
      const use = lasting(800);
      const browser = new CookieClient(app.url);
      const [first] = (await use(() => browser.get('/hit'))).set;
      expect([first?.maxAge, first?.expires]).toEqual([undefined, undefined]);
      await pause(500);
      expect(await use(() => read(browser))).toEqual({ hits: 1 });
      await pause(500);
      expect(await use(() => read(browser))).toEqual({ hits: 1 });
      await pause(900);
      expect(await read(browser)).toEqual({});
    });
  });

  it('ends a session at the instant that its cookie names', async () => {
    const expires = new Date(Date.now() + 2000);
    const app = await start({ cookie: { maxAge: undefined, expires } });
    const browser = new CookieClient(app.url);
    await browser.get('/hit');
    await pause(1000);
    expect(await read(browser)).toEqual({ hits: 1 });
    await pause(1200);
    expect(await read(browser)).toEqual({});
  });

  it('keeps the sessions of two applications, and of two tenants, apart', async () => {
    const one = await start();
    const others = [await start({}, { name: 'shop' }), await start({}, { tenant: 'acme' })];
    const browser = new CookieClient(one.url);
    await browser.get('/login');
    for (const other of others) expect(await read(browser.copy(other.url))).toEqual({});
    expect(await read(browser)).toEqual({ user: 'zoe' });
  });

  it('answers with an error for a session that is too large, and has it as it was', async () => {
    const browser = new CookieClient((await start()).url);
    await browser.get('/login');
    const page = await browser.get('/fill');
    expect(page.status).toBe(500);
    expect(page.text).toContain('request.invalid');
    expect(await read(browser)).toEqual({ user: 'zoe' });
  });

  it('answers with an error in bounded time while Redis is away, and does not take anybody for logged out', async () => {
    const redis = await startRedis();
    const away = await open({ REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '300' });
    try {
      const browser = new CookieClient((await start({}, {}, away)).url);
      await browser.get('/login');
      await redis.stop();
      const begun = performance.now();
      const page = await browser.get('/look');
      expect([page.status, page.set]).toEqual([500, []]);
      expect(page.text).toMatch(/redis\./);
      expect(performance.now() - begun).toBeLessThan(2000);
    } finally {
      await away.close();
      await redis.stop();
    }
  });
});
