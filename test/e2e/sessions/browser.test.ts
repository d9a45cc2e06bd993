import { execFileSync } from 'node:child_process';
import puppeteer, { type Browser, type Cookie, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SESSION_KEYS } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { type LoginExample, startLoginExample } from './login-example.js';

/** Where a browser is, if there is one. */
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => {
  try {
    return [execFileSync('which', [name], { encoding: 'utf8' }).trim()];
  } catch {
    return [];
  }
})[0];

let topology: Topology;
let example: LoginExample;
let browser: Browser;

beforeAll(async () => {
  if (CHROMIUM === undefined) return;
  topology = await startTopology();
  example = await startLoginExample({ ...topology.settings, SESSION_KEYS });
  browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    timeout: 90_000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
});

afterAll(async () => {
  await browser?.close();
  await example?.stop();
  await topology?.stop();
});

async function logIn(page: Page, password: string): Promise<void> {
  await page.type('input[name=user]', 'zoe');
  await page.type('input[name=password]', password);
  await Promise.all([page.waitForNavigation(), page.click('#login')]);
}

async function sessionCookie(page: Page): Promise<Cookie | undefined> {
  return (await page.browserContext().cookies()).find(({ name }) => name === 'sid');
}

/** Who the page says is logged in; undefined if it shows the form. */
async function shownUser(page: Page): Promise<unknown> {
  const user = await page.evaluate("document.querySelector('#user')?.textContent");
  expect((await page.$('#login')) === null).toBe(user !== undefined);
  return user;
}

const me = (page: Page): Promise<unknown> => page.evaluate("fetch('/me').then(({ status }) => status)");

describe('a browser at an application whose sessions are kept here', () => {
  it.skipIf(CHROMIUM === undefined)(
    'logs in under another id than before, and out for good (skipped where no Chromium is)',
    async () => {
      const page = await browser.newPage();
      await page.goto(example.url);
      expect(await shownUser(page)).toBeUndefined();
      expect(await sessionCookie(page)).toBeUndefined();

      await logIn(page, 'a guess');
      const before = await sessionCookie(page);
      expect(before).toBeDefined();
      await logIn(page, 'sesame');
      expect(await shownUser(page)).toBe('zoe');
      const during = await sessionCookie(page);
      expect(during).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
      // Whoever put the id of before into this browser has nothing of it.
      expect(during?.value).not.toBe(before?.value);
      expect(await page.evaluate('document.cookie')).toBe('');
      await page.reload();
      expect(await shownUser(page)).toBe('zoe');
      expect(await me(page)).toBe(200);

      const thief = await (await browser.createBrowserContext()).newPage();
      await thief.goto(example.url);
      await thief.browserContext().setCookie(before as Cookie);
      await thief.reload();
      expect(await shownUser(thief)).toBeUndefined();

      await Promise.all([page.waitForNavigation(), page.click('#logout')]);
      expect(await shownUser(page)).toBeUndefined();
      expect(await sessionCookie(page)).toBeUndefined();
      await page.goBack();
      expect(await shownUser(page)).toBeUndefined();
      await page.reload();
      expect(await shownUser(page)).toBeUndefined();
      expect(await me(page)).toBe(401);

      await page.browserContext().setCookie(during as Cookie);
      await page.goto(example.url);
      expect(await shownUser(page)).toBeUndefined();
      expect(await me(page)).toBe(401);
    },
  );
});
