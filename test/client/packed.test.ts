import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADMIN_KEY, startService, type TestService } from '../support/service.js';
import { TcpRelay } from '../support/tcp-relay.js';
import { waitUntil } from '../support/wait-until.js';
import { ClientProject } from './project.js';
import { RunningProgram } from './running-program.js';

/** A program that is right in its first lines and its last one. */
const HEAD = [
  `import { createClient } from '@fulcrum/client';`,
  `const client = createClient({ baseUrl: 'http://x', token: 't' });`,
  `const path = { board: 'b' };`,
];
const WRONG = [
  `client.GET('/v1/leaderboards/{board}');`,
  `client.GET('/v1/nothing');`,
  `client.GET('/v1/events');`,
  `client.POST('/v1/leaderboards/{board}/submissions', { params: { path }, body: { member: 'a' } });`,
  `client.POST('/v1/leaderboards/{board}/submissions', { params: { path }, body: { member: 'a', score: '1' } });`,
  `client.PUT('/v1/leaderboards/{board}', { params: { path }, body: { order: 'sideways' } });`,
  `client.POST('/v1/locks', { body: { resources: ['a'], ttlMs: 1, misspelt: 1 } });`,
  `client.GET('/v1/leaderboards/{board}/entries', { params: { path, query: { limit: 'ten' } } });`,
  `(await client.GET('/v1/leaderboards/{board}', { params: { path } })).data.nothing;`,
  `client.consume('s', 'g', {}, () => [{ kind: 'leaderboards.submit', board: 'b', member: 'm' }]);`,
  `client.consume('s', 'g', {}, () => [{ kind: 'unknown' }]);`,
  `client.consume('s', 'g', {}, ({ data }) => data.n);`,
  `client.lock('a', { waitMs: 1 });`,
  `for await (const event of client.subscribe({ channels: ['c'] })) event.publishedAt;`,
  `createClient({ baseUrl: 'http://x' });`,
];
const RIGHT = `client.GET('/v1/leaderboards/{board}', { params: { path } });`;

const random = new Random(seedOfRun());

let redis: TestRedis;
let service: TestService;
let project: ClientProject;
let relay: TcpRelay;
/** Lines that the compiler refused. */
let refused: number[];
const running: RunningProgram[] = [];

beforeAll(async () => {
  redis = await startRedis();
  service = await startService({ REDIS_URL: redis.serviceUrl });
  relay = await TcpRelay.start(service.url);
  project = await ClientProject.create();
  refused = await project.compile([...HEAD, ...WRONG, RIGHT].join('\n'));
});

afterEach(async () => {
  for (const program of running.splice(0)) if (!program.hasEnded) await program.end('SIGKILL');
});

afterAll(async () => {
  await relay?.stop();
  await service?.stop();
  await redis?.stop();
  await project?.remove();
});

/** Runs a program that reaches the service by `url`. */
function start(name: string, args: readonly string[], { url = relay.url, broken = '' } = {}): RunningProgram {
  const environment = { FULCRUM_URL: url, FULCRUM_KEY: ADMIN_KEY, BROKEN: broken };
  const program = RunningProgram.start(project.program(name), args, environment);
  running.push(program);
  return program;
}

describe('the package', () => {
  it('has what is built, its licence and its README, and nothing else', async () => {
    const installed = await readdir(join(project.folder, 'node_modules/@fulcrum/client'));
    expect(installed.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const built = await readdir(join(project.folder, 'node_modules/@fulcrum/client/dist'));
    expect(built.filter((name) => !/\.(js|d\.ts)$/.test(name))).toEqual([]);
  });

  it('takes what is right, and refuses wrong types where they are used', () => {
    expect(refused).toEqual(WRONG.map((_line, at) => HEAD.length + at + 1));
  });
});

describe('calls and sessions', () => {
  it('do what they say', async () => {
    const program = start('calls', [], { url: service.url });
    expect([await program.end(), program.errors]).toEqual([0, '']);
    expect(program.said).toEqual([
      { status: 201, entries: [['@nestjs/core', 1, 3]] },
      { code: 'leaderboards.member-not-found', status: 404 },
      { pointer: '/member', hasId: true },
      {
        data: { cart: ['milk'] },
        isNew: true,
        codes: ['sessions.version-conflict', 'sessions.invalid-token'],
      },
      { nothing: true },
    ]);
  });
});

const CUTS = 5;

/** Publishes numbers while the program's connection is cut, and gives how many it published. */
async function publishAcrossCuts(
  program: RunningProgram,
  publish: (data: number | 'end') => Promise<void>,
): Promise<number> {
  let count = 0;
  for (let cut = 0; cut < CUTS; cut++) {
    // The first one falls on the first message: there is nothing yet that the program could have heard of.
    const bytes = cut === 0 ? 1 : 600;
    await waitUntil('it is connected', () => relay.breakOne(random, bytes));
    const { broken } = relay;
    while (relay.broken === broken) await publish(count++);
    for (let more = 0; more < 10; more++) await publish(count++);
  }
  await waitUntil('it has ended', async () => {
    await publish('end');
    return program.hasEnded;
  });
  expect([await program.end(), program.errors]).toEqual([0, '']);
  return count;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_none, at) => at);

describe('a subscription', () => {
  async function heardAcrossCuts(channel: string, broken = ''): Promise<[heard: number[], sent: number[]]> {
    const program = start('subscribe', [channel], { broken });
    await waitUntil('it is subscribed', async () => {
      const { body } = await service.admin.get(`/v1/channels/${channel}/presence`);
      return body.items.length > 0;
    });
    const count = await publishAcrossCuts(program, async (data) => {
      await service.admin.post(`/v1/channels/${channel}/messages`, { data });
    });
    expect(program.said.filter(({ gap }) => gap)).toEqual([]);
    return [program.said.map(({ message }) => message as number), upTo(count)];
  }

  it('gives each message once and in order, however often its connection is cut', async () => {
    const [heard, sent] = await heardAcrossCuts('news');
    expect(heard).toEqual(sent);
  });

  it('would not, if it came back without the place that it had reached', async () => {
    const [heard, sent] = await heardAcrossCuts('forgotten', 'no-last-event-id');
    expect(heard).not.toEqual(sent);
    expect(heard.length).toBeLessThan(sent.length);
  });

  it('goes on at the cursor of an earlier one, and tells what is kept no longer', async () => {
    await service.admin.put('/v1/channels/brief', { historySize: 3 });
    const publish = (data: unknown) => service.admin.post('/v1/channels/brief/messages', { data });
    const first = start('subscribe', ['brief'], { url: service.url });
    await waitUntil('a message is heard', async () => {
      await publish(0);
      return first.said.length > 0;
    });
    await first.end('SIGKILL');
    for (const n of [1, 2, 3, 4, 5]) await publish(n);
    const second = start('subscribe', ['brief', first.said.at(-1).cursor], { url: service.url });
    await waitUntil('it has caught up', () => second.said.length === 4);
    const { gap, cursor } = second.said[0];
    expect([typeof gap, typeof cursor]).toEqual(['string', 'string']);
    expect(second.said.slice(1).map(({ message }) => message as number)).toEqual([3, 4, 5]);
  });
});

describe('a tail', () => {
  it('gives each entry once and in order, however often its connection is cut', async () => {
    await service.admin.put('/v1/streams/log', {});
    const program = start('tail', ['log']);
    const count = await publishAcrossCuts(program, async (data) => {
      await service.admin.post('/v1/streams/log/entries', { data });
    });
    expect(program.said.map(({ entry }) => entry as number)).toEqual(upTo(count));
  });
});

describe('a consumer', () => {
  const ORDERS = 60;
  const GROUP = 'counting';

  async function group(stream: string, settings: object, orders: readonly object[]): Promise<void> {
    await service.admin.put(`/v1/streams/${stream}`, {});
    await service.admin.put(`/v1/streams/${stream}/groups/${GROUP}`, settings);
    const entries = orders.map((data) => ({ data }));
    await service.admin.post(`/v1/streams/${stream}/entries/batch`, { entries });
  }

  /** Kills and cuts off a consumer while it works, and gives the orders that were not counted once. */
  async function wronglyCounted(stream: string, broken = ''): Promise<string[]> {
    const fateOf = (n: number) =>
      n % 20 === 7 ? { fate: 'hangs' } : n % 20 === 11 ? { fate: 'throws' } : {};
    await group(
      stream,
      { visibilityTimeoutMs: 1000 },
      upTo(ORDERS).map((n) => ({ n, ...fateOf(n) })),
    );
    let program = start('consume', [stream, GROUP, stream], { broken });
    let seen = 0;
    await waitUntil(
      'all are done',
      async () => {
        const fresh = program.said.slice(seen);
        seen += fresh.length;
        if (fresh.some(({ fate, deliveries }) => fate === 'hangs' && deliveries === 1)) {
          // In the middle of an entry: what it did about it stands, that it did is not known.
          await program.end('SIGKILL');
          program = start('consume', [stream, GROUP, stream], { broken });
          seen = 0;
        } else if (fresh.length > 0) {
          relay.breakOne(random, 1000);
        }
        const { body } = await service.admin.get(`/v1/streams/${stream}/groups/${GROUP}`);
        return body.lag === 0 && body.pending === 0;
      },
      { timeoutMs: 40_000 },
    );
    relay.relent();
    expect([await program.end('SIGTERM'), program.said.at(-1)]).toEqual([0, { ended: true }]);
    const { body } = await service.admin.get(`/v1/leaderboards/${stream}/entries?limit=1000`);
    const counted = new Map(
      (body.items as { member: string; score: number }[]).map(({ member, score }) => [member, score]),
    );
    return upTo(ORDERS)
      .map((n) => `order ${n}`)
      .filter((order) => counted.get(order) !== 1);
  }

  it('makes each effect happen once, although it is killed, cut off and fails', async () => {
    const { broken } = relay;
    expect(await wronglyCounted('orders')).toEqual([]);
    expect(relay.broken - broken).toBeGreaterThan(CUTS);
  });

  it('would not, with an effect of its own before an acknowledgement', async () => {
    expect(await wronglyCounted('twice', 'ack')).toEqual(expect.arrayContaining(['order 7', 'order 11']));
  });

  it('finishes what it has begun when it is to end, and gives back the rest', async () => {
    await group('ending', {}, [{ n: 0, fate: 'waits for the end' }, { n: 1 }, { n: 2 }]);
    const program = start('consume', ['ending', GROUP, 'ending']);
    await waitUntil('it is at work', () => program.said.length > 0);
    expect([await program.end('SIGTERM'), program.errors]).toEqual([0, '']);
    const asked = { consumer: 'next', limit: 10 };
    const { body } = await service.admin.post(`/v1/streams/ending/groups/${GROUP}/receive`, asked);
    const given = (body.entries as { data: { n: number }; deliveries: number }[]).map(
      ({ data, deliveries }) => [data.n, deliveries],
    );
    expect(given).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect((await service.admin.get('/v1/leaderboards/ending/entries')).body.total).toBe(1);
  });

  it('keeps an entry for as long as its handler works on it', async () => {
    await group('slow', { visibilityTimeoutMs: 1500 }, [{ n: 0, fate: 'waits for the end' }]);
    const program = start('consume', ['slow', GROUP, 'slow']);
    await waitUntil('it is at work', () => program.said.length > 0);
    // Longer than the entry would be its own without an extension.
    const asked = { consumer: 'other', waitMs: 2500 };
    const { body } = await service.admin.post(`/v1/streams/slow/groups/${GROUP}/receive`, asked);
    expect(body.entries).toEqual([]);
    await program.end('SIGTERM');
    expect((await service.admin.get('/v1/leaderboards/slow/entries')).body.total).toBe(1);
  });
});

describe('a lock', () => {
  const TTL_MS = 4000;
  /** A program that stood still for that long could not use its margin, which is a twentieth of the lock's time. */
  const STANDSTILL_MS = TTL_MS / 40;
  const ROUNDS = 5;

  interface Held {
    readonly held: boolean;
    readonly expiresAt: string;
  }

  async function stateOf(resource: string): Promise<Held> {
    return (await service.admin.get(`/v1/locks/resources/${resource}`)).body as Held;
  }

  it('is held for longer than its time, fences what is written under it, and is released at the end', async () => {
    await service.admin.put('/v1/streams/fenced', {});
    const program = start('lock', ['order_1', 'fenced', '1500']);
    await waitUntil('it is held', () => program.said.length > 0);
    expect(program.said[0]).toEqual({ held: true, second: 'locking.held' });
    const first = Date.parse((await stateOf('order_1')).expiresAt);
    await waitUntil('it has been extended', async () => {
      const { held, expiresAt } = await stateOf('order_1');
      expect(held).toBe(true);
      return Date.parse(expiresAt) > first + 1500;
    });
    program.tell('leave');
    expect([await program.end(), program.said.at(-1)]).toEqual([0, { left: true }]);
    expect(await stateOf('order_1')).toMatchObject({ held: false });
    const stale = await service.admin.post('/v1/streams/fenced/entries', { data: 0 }, { fence: 'order_1=0' });
    expect([stale.status, stale.body.code]).toEqual([412, 'fence.stale']);
  });

  it('that an admin breaks is told of with the next extension', async () => {
    await service.admin.put('/v1/streams/fenced', {});
    const program = start('lock', ['order_2', 'fenced', '1500']);
    await waitUntil('it is held', () => program.said.length > 0);
    await service.admin.delete('/v1/locks/resources/order_2');
    expect(await program.end()).toBe(0);
    expect(program.said.slice(1)).toEqual([
      {
        abortedAt: expect.any(Number),
        stoodStillMs: expect.any(Number),
        reason: expect.stringContaining('locking.lost'),
      },
      { thrown: 'Error: the body’s own error' },
    ]);
  });

  interface Told {
    readonly isInTime: boolean;
    readonly stoodStillMs: number;
  }

  /** Cuts a holder off for good, and gives whether it was told before its lock was over. */
  async function isToldInTime(resource: string, broken = ''): Promise<Told> {
    const own = await TcpRelay.start(service.url);
    try {
      await service.admin.put('/v1/streams/fenced', {});
      const program = start('lock', [resource, 'fenced', String(TTL_MS)], { url: own.url, broken });
      await waitUntil('it is held', () => program.said.length > 0);
      await own.stop();
      let end = 0;
      await waitUntil('it is over', async () => {
        const { held, expiresAt } = await stateOf(resource);
        if (held) end = Math.max(end, Date.parse(expiresAt));
        return !held;
      });
      // Whoever was told has said so, but it may still be on its way.
      program.tell('leave');
      await waitUntil('it has said whether it was told', () =>
        program.said.some(({ abortedAt, left }) => abortedAt !== undefined || left),
      );
      const told = program.said.find(({ abortedAt }) => abortedAt !== undefined);
      return {
        isInTime: told !== undefined && told.abortedAt < end,
        stoodStillMs: told?.stoodStillMs ?? 0,
      };
    } finally {
      await own.stop().catch(() => undefined);
    }
  }

  it('that cannot be extended is given up before it is over', async () => {
    let told = await isToldInTime('order_3');
    // What the machine held up for that long tells nothing of the client.
    for (let round = 1; round < ROUNDS && !told.isInTime && told.stoodStillMs > STANDSTILL_MS; round++)
      told = await isToldInTime(`order_3.${round}`);
    expect(told).toMatchObject({ isInTime: true });
  });

  it('would not be, if nobody looked at the time', async () => {
    expect(await isToldInTime('order_4', 'no-abort')).toMatchObject({ isInTime: false });
  });
});
