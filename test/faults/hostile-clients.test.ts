import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_JSON_PARTS } from '../../src/transport/validation/parse-json.js';
import { metricsOf } from '../e2e/operations/prometheus.js';
import { RawConnection } from '../support/raw-connection.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADMIN_KEY } from '../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { LegitimateTraffic } from './legitimate-traffic.js';
import { patience, sized } from './sizes.js';

const CLIENT_TIMEOUT_MS = sized(4000, 10_000);
const CAP_PER_ADDRESS = sized(250, 2500);
const SLOW = sized(200, 2000);
const IDLE = Math.min(sized(1000, 10_000), openFiles() - 1000);
const FLOOD = 2 * CAP_PER_ADDRESS;
const LARGE_BODIES = sized(100, 400);
const DOCUMENTS = sized(10, 100);
const ROOM_FOR_BODIES = 32 * 2 ** 20;
/** Against what has no limit, fewer are enough to see that nothing stops them. */
const FEW = 20;
/** The most by which memory may grow over all of this, in MB. */
const MAX_GROWTH_MB = 400;
const DRIP_MS = 100;
const BATCH = 500;

let redis: TestRedis;
/** The service with limits, and the same without. */
let guarded: ServiceProcess;
let unguarded: ServiceProcess;
/** What has none of the limits that are no settings. */
let naive: ChildProcess;
let naiveUrl: string;
let memoryAtStart: number;
const opened: RawConnection[] = [];

beforeAll(async () => {
  redis = await startRedis();
  const settings = { REDIS_URL: redis.url, RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off' };
  guarded = await startServiceProcess({
    ...settings,
    CLIENT_TIMEOUT_MS: String(CLIENT_TIMEOUT_MS),
    MAX_CONNECTIONS_PER_ADDRESS: String(CAP_PER_ADDRESS),
    BODY_MEMORY_BYTES: String(ROOM_FOR_BODIES),
  });
  unguarded = await startServiceProcess({
    ...settings,
    CLIENT_TIMEOUT_MS: '600000',
    MAX_CONNECTIONS_PER_ADDRESS: '1000000',
    BODY_MEMORY_BYTES: String(2 ** 40),
  });
  naive = fork(fileURLToPath(new URL('naive-server.mjs', import.meta.url)), { execArgv: [] });
  const [port] = (await once(naive, 'message')) as [number];
  naiveUrl = `http://127.0.0.1:${port}`;
  await guarded.admin.post('/v1/leaderboards/scores/submissions', { member: 'one', score: 1 });
  memoryAtStart = (await look()).memoryMb;
});

afterEach(() => {
  for (const connection of opened.splice(0)) connection.end();
});

afterAll(async () => {
  naive.disconnect();
  await unguarded.stop();
  await guarded.stop();
  await redis.stop();
});

/** How many files, and so connections, this process may have open. */
function openFiles(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = Number(report.userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : Infinity;
}

async function look(service = guarded) {
  const metrics = await metricsOf(service.url);
  return {
    memoryMb: Math.round(metrics.valueOf('process_resident_memory_bytes') / 1e6),
    /** Since the last look, in ms. */
    delayMs: Math.round(metrics.valueOf('nodejs_eventloop_lag_max_seconds') * 1000),
    sockets: metrics.valueOf('nodejs_active_resources{type="TCPSocketWrap"}'),
    refused: metrics.valueOf('fulcrum_connections_refused_total{reason="address"}'),
  };
}

/** Runs `attack` while somebody else uses the service, whose every request has to be answered. */
async function besides(what: string, attack: () => Promise<string>): Promise<void> {
  const before = await look();
  const traffic = new LegitimateTraffic(`${guarded.url}/v1/leaderboards/scores/entries`, ADMIN_KEY);
  let result: string;
  try {
    result = await attack();
  } finally {
    await waitUntil('some legitimate requests', () => traffic.figures.answered > 0);
  }
  const { sent, answered, failed } = await traffic.stop();
  const after = await look();
  console.log(
    `${what}: ${result}; legitimate requests: ${sent} sent, ${answered} answered, ${failed} failed; longest event ` +
      `loop delay ${after.delayMs} ms; memory ${before.memoryMb} → ${after.memoryMb} MB`,
  );
  expect(failed).toBe(0);
}

/** `count` connections to `url`, from as many addresses as the cap asks for, each of which begins with `text`. */
async function connectAll(url: string, count: number, text: string, perAddress = CAP_PER_ADDRESS) {
  const connections: RawConnection[] = [];
  while (connections.length < count) {
    const batch = Array.from({ length: Math.min(BATCH, count - connections.length) }, (_, at) => {
      const network = Math.floor((connections.length + at) / perAddress);
      return RawConnection.open(url, { from: `127.0.1.${network + 1}` });
    });
    opened.push(...batch);
    connections.push(...batch);
    await Promise.all(batch.map(async (each) => (await each.ready()).write(text)));
  }
  return connections;
}

/** Sends a byte on each connection now and then, until the returned function is called. */
function drip(connections: readonly RawConnection[]): () => void {
  const timer = setInterval(() => {
    for (const connection of connections) if (!connection.isClosed) connection.write('x');
  }, DRIP_MS);
  return () => clearInterval(timer);
}

const closed = (connections: readonly RawConnection[]) =>
  connections.filter(({ isClosed }) => isClosed).length;
const answeredBy = (connections: readonly RawConnection[], status: number) =>
  connections.filter(({ received }) => received.startsWith(`HTTP/1.1 ${status} `)).length;

async function untilClosed(connections: readonly RawConnection[]): Promise<void> {
  await waitUntil('all are cut off', () => closed(connections) === connections.length, {
    timeoutMs: patience(connections.length, 10),
  });
}

/** Status and answer of one request from another address than that of legitimate traffic. */
async function post(url: string, body: Buffer | string, headers: Record<string, string>) {
  return await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const options = { method: 'POST', headers, localAddress: '127.0.0.2' };
    const sent = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode, text }));
    });
    sent.once('error', reject).end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const HEAD = 'POST /v1/api-keys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

describe('clients that are slow on purpose', () => {
  it.each([
    ['headers', 'GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['bodies', `${HEAD}Content-Length: 10000\r\n\r\n`],
  ])(
    'are cut off, by their %s, while others are served; without a limit they stay',
    async (what, text) => {
      await besides(`${SLOW} connections with slow ${what}`, async () => {
        const [slow, lasting] = await Promise.all([
          connectAll(guarded.url, SLOW, text),
          connectAll(unguarded.url, FEW, text),
        ]);
        const stop = drip([...slow, ...lasting]);
        await untilClosed(slow).finally(stop);
        expect(closed(lasting)).toBe(0);
        return `all cut off, ${answeredBy(slow, 408)} with 408 seen; without a limit ${closed(lasting)} of ${FEW}`;
      });
    },
    patience(SLOW, 30),
  );

  it(
    'or say nothing at all, are cut off too',
    async () => {
      await besides(`${IDLE} idle connections (of ${openFiles()} files)`, async () => {
        const lasting = await connectAll(unguarded.url, FEW, '');
        const idle = await connectAll(guarded.url, IDLE, '');
        const { sockets, memoryMb } = await look();
        await untilClosed(idle);
        expect(answeredBy(idle, 408)).toBe(IDLE);
        expect(closed(lasting)).toBe(0);
        return `${sockets} sockets at a time with ${memoryMb} MB, all cut off with 408; without a limit 0 of ${FEW}`;
      });
    },
    patience(IDLE, 30),
  );
});

describe('clients that take too much', () => {
  it(
    'of connections, get no more than their share',
    async () => {
      await besides(`${FLOOD} connections of one address`, async () => {
        const { refused } = await look();
        const text = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
        const flood = await connectAll(guarded.url, FLOOD, text, FLOOD);
        const surplus = FLOOD - CAP_PER_ADDRESS;
        await waitUntil('the rest is refused', () => closed(flood) === surplus);
        await waitUntil('the others are served', () => answeredBy(flood, 200) === CAP_PER_ADDRESS);
        expect((await look()).refused - refused).toBe(surplus);
        const all = await connectAll(unguarded.url, FLOOD, text, FLOOD);
        await waitUntil('all are served', () => answeredBy(all, 200) === FLOOD);
        return `${surplus} refused and counted, ${CAP_PER_ADDRESS} served; without a cap ${FLOOD} served`;
      });
    },
    patience(FLOOD, 30),
  );

  it(
    'of memory, with large bodies that do not end, are refused without being read',
    async () => {
      await besides(`${LARGE_BODIES} bodies of 1 MB that do not end`, async () => {
        const text = `${HEAD}Content-Length: 1000000\r\n\r\n${'x'.repeat(999_999)}`;
        const bodies = await connectAll(guarded.url, LARGE_BODIES, text);
        // Room is made again by those that are cut off, so on a slow machine fewer are refused.
        const hasEnded = (each: RawConnection) => each.isClosed || each.received !== '';
        await waitUntil('some are held, the rest refused', () => bodies.filter(hasEnded).length >= FEW);
        const { memoryMb } = await look();
        await untilClosed(bodies);
        const refused = answeredBy(bodies, 503);
        expect(refused).toBeGreaterThan(0);
        expect(refused + answeredBy(bodies, 408)).toBe(LARGE_BODIES);
        const before = (await look(unguarded)).memoryMb;
        const all = await connectAll(unguarded.url, LARGE_BODIES, text);
        await waitUntil('all are sent', () => all.every(({ socket }) => socket.writableLength === 0));
        expect(answeredBy(all, 503)).toBe(0);
        const grown = (await look(unguarded)).memoryMb;
        return `${refused} refused, ${memoryMb} MB; without a limit 0 refused, ${before} → ${grown} MB`;
      });
    },
    patience(LARGE_BODIES, 100),
  );

  it('of header fields, are refused; a server without a limit takes them', async () => {
    await besides(`${SLOW} requests with 64 KiB of headers`, async () => {
      const text = `GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Large: ${'x'.repeat(65_536)}\r\n\r\n`;
      const large = await connectAll(guarded.url, SLOW, text);
      await untilClosed(large);
      expect(large.filter(({ received }) => !/^(HTTP\/1\.1 431 |$)/.test(received))).toEqual([]);
      const taken = await connectAll(naiveUrl, FEW, text);
      await untilClosed(taken);
      expect(answeredBy(taken, 200)).toBe(FEW);
      return `all refused, ${answeredBy(large, 431)} with 431 seen; without a limit ${FEW} of ${FEW} taken`;
    });
  }, 60_000);

  it('of memory, with what grows when it is inflated, are refused; a server that inflates it takes it', async () => {
    await besides(`${DOCUMENTS} gzip bombs`, async () => {
      const bomb = gzipSync(JSON.stringify(' '.repeat(50_000_000)));
      const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
      for (let count = 0; count < DOCUMENTS; count++) {
        expect((await post(`${guarded.url}/v1/api-keys`, bomb, headers)).status).toBe(415);
      }
      const taken = await post(naiveUrl, bomb, headers);
      expect(JSON.parse(taken.text)).toEqual({ bytes: 50_000_002 });
      return `${bomb.length} bytes each, all refused; without a limit ${taken.text}`;
    });
  }, 60_000);

  it('of time, with JSON that is hard to parse, do not hold others up', async () => {
    const size = 2 ** 20;
    const members = (count: number) => Array.from({ length: count }, (_, at) => `"k${at}":1`).join(',');
    const hard: Readonly<Record<string, string>> = {
      brackets: '['.repeat(size / 2) + ']'.repeat(size / 2),
      'open brackets': '['.repeat(size),
      members: `{${members(95_000)}}`,
      'as many members as are taken': `{${members(MAX_JSON_PARTS - 1)}}`,
      'empty objects': `[${'{},'.repeat(size / 3 - 2)}{}]`,
      escapes: `"${'\\u0041'.repeat(size / 6 - 1)}"`,
      digits: '9'.repeat(size),
    };
    await besides(`${DOCUMENTS} each of ${Object.keys(hard).join(', ')}`, async () => {
      const delays: string[] = [];
      for (const [what, text] of Object.entries(hard)) {
        await look();
        for (let count = 0; count < DOCUMENTS; count++) {
          const { status } = await post(`${guarded.url}/v1/api-keys`, text, JSON_TYPE);
          expect([400, 401, 422], what).toContain(status);
        }
        delays.push(`${what} ${(await look()).delayMs} ms`);
      }
      const taken = await post(naiveUrl, hard.brackets ?? '', JSON_TYPE);
      expect(taken.status).toBe(200);
      return `all refused, longest event loop delay by ${delays.join(', ')}; without a limit brackets are taken`;
    });
  }, 120_000);
});

describe('after all of this', () => {
  it('the service has no connection and little memory more than before', async () => {
    const { memoryMb } = await waitUntil('connections are closed', async () => {
      const now = await look();
      return now.sockets < FEW ? now : undefined;
    });
    console.log(`memory ${memoryAtStart} → ${memoryMb} MB`);
    expect(memoryMb - memoryAtStart).toBeLessThan(MAX_GROWTH_MB);
    expect((await guarded.admin.get('/v1/leaderboards/scores/entries/one')).status).toBe(200);
  });
});
