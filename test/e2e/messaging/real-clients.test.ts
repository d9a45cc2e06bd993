import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';

/** Where a browser is, if there is one. */
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => {
  try {
    return [execFileSync('which', [name], { encoding: 'utf8' }).trim()];
  } catch {
    return [];
  }
})[0];

let topology: Topology;
let service: TestService;
let pages: Server;
let pageOrigin: string;
/** What the page has reported. */
let reports: unknown[] = [];
let page = '';
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  topology = await startTopology();
  pages = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(page);
      return;
    }
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      reports.push(JSON.parse(body));
      response.end();
    });
  });
  await once(pages.listen(0, '127.0.0.1'), 'listening');
  pageOrigin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  service = await startService({ ...topology.settings, CORS_ORIGINS: pageOrigin });
});

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
  reports = [];
});

afterAll(async () => {
  await service?.stop();
  pages?.close();
  await topology?.stop();
});

async function publish(channel: string, ...datas: readonly unknown[]): Promise<void> {
  for (const data of datas) {
    const { status } = await service.admin.post(`/v1/channels/${channel}/messages`, { data });
    expect(status).toBe(201);
  }
}

/** Stands between a client and the service, and cuts their connections. */
async function relay(): Promise<{ url: string; cut(): void }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((client) => {
    const upstream = connect(Number(new URL(service.url).port), '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => other.destroy());
      socket.pipe(other);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  cleanups.push(cut, () => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut };
}

describe('clients that nobody here wrote', () => {
  it('the eventsource package gets messages, and comes back by itself to where it was', async () => {
    const seen: unknown[] = [];
    let opened = 0;
    const { url, cut } = await relay();
    const source = new EventSource(`${url}/v1/events?channel=article_events`, {
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${ADMIN_KEY}` } }),
    });
    cleanups.push(() => source.close());
    source.addEventListener('open', () => (opened += 1));
    source.addEventListener('message', ({ data }) =>
      seen.push((JSON.parse(data as string) as { data: unknown }).data),
    );
    await waitUntil('the stream', () => opened === 1);
    await publish('article_events', { type: 'published', slug: 'my-article' }, 2);
    await waitUntil('the messages', () => seen.length === 2);
    cut();
    await publish('article_events', 3, 4);
    await waitUntil('it is back', () => opened === 2);
    await publish('article_events', 5);
    await waitUntil('the rest', () => seen.length >= 5);
    expect(seen).toEqual([{ type: 'published', slug: 'my-article' }, 2, 3, 4, 5]);
  });

  it('the ws package subscribes and publishes', async () => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/v1/socket`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    cleanups.push(() => socket.close());
    const frames: Record<string, unknown>[] = [];
    socket.on('message', (text: Buffer) =>
      frames.push(JSON.parse(text.toString()) as Record<string, unknown>),
    );
    await once(socket, 'open');
    socket.send('{"type":"subscribe","ref":1,"channel":"by.ws"}');
    socket.send('{"type":"publish","ref":2,"channel":"by.ws","data":"hello"}');
    await waitUntil('three frames', () => frames.length === 3);
    expect(frames[0]).toMatchObject({ type: 'subscribed', ref: 1 });
    expect(frames.slice(1)).toContainEqual(expect.objectContaining({ type: 'message', data: 'hello' }));
    expect(frames.slice(1)).toContainEqual(expect.objectContaining({ type: 'published', ref: 2 }));
  });

  it('curl -N shows events as they come', async () => {
    const curl = spawn('curl', [
      '-sN',
      '-H',
      `Authorization: Bearer ${ADMIN_KEY}`,
      `${service.url}/v1/events?channel=by.curl`,
    ]);
    cleanups.push(() => curl.kill());
    let text = '';
    curl.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await waitUntil('its place', () => text.includes('id: '));
    await publish('by.curl', { n: 1 });
    await waitUntil('the event', () => text.includes('event: message\n'));
    expect(text).toMatch(
      /\nevent: message\nid: [\w-]+\ndata: \{"channel":"by\.curl",.*"data":\{"n":1\}.*\}\n\n$/,
    );
  });

  it.skipIf(CHROMIUM === undefined)(
    'a page of another origin in Chromium gets both, by an EventSource and a WebSocket (skipped where no Chromium is)',
    async () => {
      const { secret } = await newKey(service.admin, {
        roles: [],
        permissions: ['messaging:read:by.page', 'messaging:write:by.page'],
      });
      const token = encodeURIComponent(secret);
      page = `<!doctype html><title>page</title><script>
        const report = (what) => fetch('/report', { method: 'POST', body: JSON.stringify(what) });
        const source = new EventSource('${service.url}/v1/events?channel=by.page&access_token=${token}');
        source.onopen = () => report({ open: 'events' });
        source.onmessage = (event) => report({ events: JSON.parse(event.data).data, id: event.lastEventId !== '' });
        const socket = new WebSocket('${service.url.replace('http', 'ws')}/v1/socket?access_token=${token}');
        socket.onopen = () => socket.send('{"type":"subscribe","ref":1,"channel":"by.page"}');
        socket.onmessage = ({ data }) => {
          const frame = JSON.parse(data);
          report(frame.type === 'message' ? { socket: frame.data } : { frame: frame.type });
        };
        source.onerror = () => report({ error: 'events' });
        socket.onerror = () => report({ error: 'socket' });
      </script>`;
      const profile = await mkdtemp(join(tmpdir(), 'fulcrum-chromium-'));
      const browser = spawn(
        CHROMIUM ?? '',
        [
          '--headless=new',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-dev-shm-usage',
          `--user-data-dir=${profile}`,
          `${pageOrigin}/`,
        ],
        { stdio: 'ignore', detached: true },
      );
      cleanups.push(async () => {
        const exited = once(browser, 'exit');
        // The browser has processes of its own.
        if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL');
        await exited;
        await rm(profile, { recursive: true, force: true, maxRetries: 5 });
      });
      const has = (what: object) => reports.some((each) => JSON.stringify(each) === JSON.stringify(what));
      await waitUntil('the page is there', () => has({ open: 'events' }) && has({ frame: 'subscribed' }), {
        timeoutMs: 45_000,
      });
      await publish('by.page', { hello: 'page' });
      await waitUntil(
        'both',
        () => has({ events: { hello: 'page' }, id: true }) && has({ socket: { hello: 'page' } }),
      );
      expect(reports.filter((each) => JSON.stringify(each).includes('error'))).toEqual([]);
    },
  );
});
