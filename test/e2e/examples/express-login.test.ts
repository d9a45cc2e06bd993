import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dumpText } from '../../support/redis-dump.js';
import { SESSION_KEYS } from '../../support/service.js';
import { startServiceProcess } from '../../support/service-process.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { CookieClient } from '../sessions/cookie-client.js';
import { type LoginExample, runLoginExample, startLoginExample } from '../sessions/login-example.js';

const LOGIN = { user: 'zoe & <co>', password: 'sesame' };

let topology: Topology;
let folder: string;
const running: { stop(): Promise<unknown> }[] = [];

beforeAll(async () => {
  topology = await startTopology();
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-example-'));
});

afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.stop();
});

afterAll(async () => {
  await topology?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(environment: Readonly<Record<string, string>>): Promise<LoginExample> {
  const example = await startLoginExample(environment);
  running.push(example);
  return example;
}

const me = async (browser: CookieClient): Promise<[number, unknown]> => {
  const { status, text } = await browser.get('/me');
  return [status, (JSON.parse(text) as { user?: string }).user];
};

// Each start of the example loads all of the service.
describe('the example of a login', { timeout: 180_000 }, () => {
  it('logs in with another id, and out for good', async () => {
    const browser = new CookieClient((await start({ ...topology.settings, SESSION_KEYS })).url);
    const wrong = await browser.post('/login', { ...LOGIN, password: 'guess' });
    expect([wrong.status, wrong.text.includes('That was wrong (1).')]).toEqual([401, true]);
    const before = browser.copy();
    const { status, set } = await browser.post('/login', LOGIN);
    expect([status, set[0]?.httpOnly, set[0]?.sameSite]).toEqual([303, true, 'lax']);
    expect(browser.sid('sid')).not.toBe(before.sid('sid'));
    expect(await me(browser)).toEqual([200, LOGIN.user]);
    expect((await browser.get('/')).text).toContain('zoe &#38; &#60;co&#62;');
    expect(await me(before)).toEqual([401, undefined]);
    const after = browser.copy();
    expect((await browser.post('/logout')).status).toBe(303);
    expect(await me(browser)).toEqual([401, undefined]);
    expect(await me(after)).toEqual([401, undefined]);
    const stored = await dumpText(topology);
    for (const sid of [before, after].map((each) => each.sid('sid'))) expect(stored).not.toContain(sid);
  });

  it('knows its users again after another start, and in another process', async () => {
    const environment = { ...topology.settings, SESSION_KEYS, COOKIE_SECRET: 'kept by whoever runs it' };
    const first = await start(environment);
    const browser = new CookieClient(first.url);
    await browser.post('/login', LOGIN);
    const second = await start(environment);
    expect(await me(browser.copy(second.url))).toEqual([200, LOGIN.user]);
    expect(await first.stop()).toBe(0);
    const third = await start(environment);
    expect(await me(browser.copy(third.url))).toEqual([200, LOGIN.user]);
    await browser.copy(third.url).post('/logout');
    expect(await me(browser.copy(second.url))).toEqual([401, undefined]);
  });

  it('uses the embedded Redis of a service in the same folder, and says so if there is none', async () => {
    const none = await runLoginExample({ DATA_DIR: folder });
    expect([none.code, none.output]).toEqual([
      1,
      expect.stringMatching(/^No service with an embedded Redis runs/),
    ]);
    running.push(await startServiceProcess({ DATA_DIR: folder }));
    const browser = new CookieClient((await start({ DATA_DIR: folder })).url);
    await browser.post('/login', LOGIN);
    expect(await me(browser)).toEqual([200, LOGIN.user]);
  });
});
