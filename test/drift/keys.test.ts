import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EndpointAudit } from '../../src/access/endpoint-audit.js';
import { MessageClient } from '../support/message-client.js';
import { startService, type TestService } from '../support/service.js';
import { startTopology, type Topology } from '../support/topology.js';
import { waitUntil } from '../support/wait-until.js';
import { NEWS } from './every-messaging-route.js';
import { type Exchange, requestEveryRoute } from './every-route.js';

const IDEMPOTENCY_TTL_MS = 86_400_000;

/** A row of docs/keys.md. */
interface Row {
  readonly key: string;
  readonly pattern: RegExp;
  readonly type: string;
  readonly ttl: Ttl;
}

/** How long a key of a row lives at most, undefined for those that stay; `staysFirst`: they stay until something happens. */
interface Ttl {
  readonly msOf: (key: string) => number | undefined;
  readonly staysFirst?: boolean;
}

/** A key, or a channel with subscribers, as Redis has it. */
interface Found {
  readonly key: string;
  readonly type: string;
  readonly ttlMs: number | undefined;
}

function documentedRows(): Row[] {
  const page = readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^\| `(fulcrum:[^`]+)` *\| (\w+) *\| ([^|]+?) *\|/gm)].map(
    ([, key = '', type = '', ttl = '']) => ({ key, pattern: patternOf(key), type, ttl: ttlOf(ttl) }),
  );
}

/**
 * `<tenant>` is a tenant or `_`, `<name>` a name or `_`, a payload's `<id>` any text, and any other placeholder
 * something without a colon.
 */
function patternOf(key: string): RegExp {
  const parts = key.split(/(<\w+>)/).map((part) => {
    if (part === '<name>' || part === '<tenant>') return '[A-Za-z0-9_][A-Za-z0-9._:/%-]*';
    if (part === '<id>') return key.endsWith(':payload:<id>') ? '.+' : '[A-Za-z0-9._:-]+';
    return /^<\w+>$/.test(part) ? '[^:{}]+' : part.replaceAll(/[{}.]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

const always = (ms: number | undefined) => () => ms;
/** The setting of one channel, and what all others have. */
const historyTtlMs = (key: string) =>
  key.includes(`:{messaging:${NEWS.channel}}:`) ? NEWS.historyTtlMs : 600_000;

const TTLS: Readonly<Record<string, Ttl>> = {
  none: { msOf: always(undefined) },
  'none; it is removed JOBS_KEEP_COMPLETED_MS or JOBS_KEEP_FAILED_MS after its end': {
    msOf: always(undefined),
  },
  'none; a session that is over goes with the next sweep': { msOf: always(undefined) },
  'none; a lapsed grant goes with one of the next that are asked for': { msOf: always(undefined) },
  'until the bucket is full': { msOf: always(Number.MAX_SAFE_INTEGER) },
  'IDEMPOTENCY_TTL_MS; of an effect 600 s, once its commit or job is settled': {
    msOf: always(Math.max(IDEMPOTENCY_TTL_MS, 600_000)),
    staysFirst: true,
  },
  'historyTtlMs after the last message': { msOf: historyTtlMs },
  'historyTtlMs and 24 h after the last message or the last look by a node with subscribers': {
    msOf: (key) => historyTtlMs(key) + 86_400_000,
  },
  '1 h, renewed by its node': { msOf: always(3_600_000) },
  '30 days after the last fenced write': { msOf: always(30 * 86_400_000) },
};

function ttlOf(text: string): Ttl {
  const known = TTLS[text];
  if (known) return known;
  const [length = '', begins] = text.split(', once ');
  const seconds = /^(\d+) s$/.exec(length)?.[1];
  if (length !== 'IDEMPOTENCY_TTL_MS' && seconds === undefined)
    throw new Error(`docs/keys.md has a TTL that this test cannot read: ${text}`);
  const ms = seconds === undefined ? IDEMPOTENCY_TTL_MS : Number(seconds) * 1000;
  return { msOf: always(ms), staysFirst: begins !== undefined };
}

/** What is wrong with `found` by the rows; undefined if one of them describes it. */
function objection(rows: readonly Row[], { key, type, ttlMs }: Found): string | undefined {
  const row = rows.find(({ pattern }) => pattern.test(key));
  if (row === undefined) return `${key} is not documented`;
  if (row.type !== type) return `${key} is a ${type}, documented as a ${row.type}`;
  const { msOf, staysFirst = false } = row.ttl;
  const ms = msOf(key);
  const stays = ttlMs === undefined;
  if (stays ? ms !== undefined && !staysFirst : ms === undefined)
    return `${key} expires or not against its row`;
  if (!stays && ttlMs > Number(ms)) return `${key} lives ${ttlMs} ms, longer than documented`;
  return undefined;
}

let topology: Topology;
let service: TestService;
let client: Redis | Cluster;
let messages: MessageClient;
/** By key and whether it expires. */
const found = new Map<string, Found>();
let exchanges: Exchange[];
let host: Server;
/** Lets the host of jobs answer. */
let answerJobs = (): void => undefined;

async function look(): Promise<void> {
  for (const key of await topology.keys()) {
    const [type, ttlMs] = await Promise.all([client.type(key), client.pttl(key)]);
    // A key that expired between the two looks is none.
    if (type !== 'none')
      found.set(`${key} ${ttlMs < 0}`, { key, type, ttlMs: ttlMs < 0 ? undefined : ttlMs });
  }
  // Those of messages have no prefix, and are in docs/messages.md.
  for (const key of (await client.pubsub('CHANNELS', 'fulcrum:*')) as string[])
    found.set(key, { key, type: 'channel', ttlMs: undefined });
}

/** Effects that cannot take place now are left: their board is none as long as the commit runs. */
async function hindered(commit: () => Promise<void>): Promise<void> {
  const board = 'fulcrum:default:{leaderboards:derived}:info';
  await client.set(board, 'not a hash');
  await commit();
  await client.del(board);
}

/** Events that cannot be told now stay taken: their stream is none as long as the sessions are written. */
async function untold(work: () => Promise<void>): Promise<void> {
  const stream = 'fulcrum:default:{streams:audit.sessions}:info';
  await client.set(stream, 'not a hash');
  await work();
  await waitUntil('events are taken', async () =>
    (await topology.keys()).some((key) => key.endsWith(':taken')),
  );
  // Of the same user, so that it waits behind what is taken.
  await messages.send('sessions.create', { userId: '@scope/ada' });
  await look();
  for (const each of found.keys()) if (each.startsWith(stream)) found.delete(each);
  await client.del(stream);
}

/** What is there only while jobs run and wait; that they run is noted within a few seconds. */
async function whileBusy(): Promise<void> {
  // The key goes again when the job's lock is renewed, so it has to be noted by the look that finds it.
  await waitUntil(
    'a worker looked twice',
    async () => {
      await look();
      return [...found.values()].some(({ key }) => key.endsWith(':jobs:stalled'));
    },
    { timeoutMs: 50_000 },
  );
  answerJobs();
}

beforeAll(async () => {
  topology = await startTopology();
  const answered = new Promise<void>((resolve) => (answerJobs = resolve));
  host = createServer((_request, response) => void answered.then(() => response.end()));
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const { port } = host.address() as AddressInfo;
  // Without a configured key the service makes the first one, and remembers that it did.
  service = await startService({
    ...topology.settings,
    ADMIN_API_KEY: '',
    RATE_LIMIT_ADDRESS: '9000/1',
    RATE_LIMIT_CREDENTIAL: '9000/1',
    RATE_LIMIT_TENANT: '9000/1',
    OUTGOING_HOSTS: `127.0.0.1:${port}`,
  });
  const { adminKey } = service.application;
  const admin = service.as(adminKey.kind === 'made' ? adminKey.key : undefined);
  client = topology.connect();
  messages = new MessageClient(topology.messageUrl, admin.token);
  await messages.send('access.caller.get', {});
  exchanges = await requestEveryRoute(admin, {
    whileLive: look,
    beforeDelete: look,
    aroundCommit: hindered,
    aroundAudit: untold,
    busyHost: { url: `http://127.0.0.1:${port}/`, whileBusy },
  });
  await look();
});

afterAll(async () => {
  await messages.close();
  client.disconnect();
  await service.stop();
  await topology.stop();
  host.close();
});

describe('docs/keys.md', () => {
  it('describes every key that the routes leave in Redis, with its type and its TTL', () => {
    const rows = documentedRows();
    const objections = [...found.values()].flatMap((each) => objection(rows, each) ?? []);
    expect(objections).toEqual([]);
    expect(found.size).toBeGreaterThan(15);
    expect(
      objection(rows, { key: 'fulcrum:default:{leaderboards:b}:other', type: 'hash', ttlMs: undefined }),
    ).toContain('not documented');
    expect(
      objection(rows, { key: 'fulcrum:default:{leaderboards:b}:info', type: 'zset', ttlMs: undefined }),
    ).toContain('documented as a hash');
    expect(
      objection(rows, { key: 'fulcrum:default:{leaderboards:b}:info', type: 'hash', ttlMs: 5 }),
    ).toContain('expires');
    expect(
      objection(rows, { key: 'fulcrum:default:{leaderboards:b}:watch', type: 'string', ttlMs: 10_001 }),
    ).toContain('longer than documented');
    const payload = { key: 'fulcrum:default:{pipeline:_}:payload:a {b}:c', type: 'hash' };
    for (const ttlMs of [undefined, IDEMPOTENCY_TTL_MS])
      expect(objection(rows, { ...payload, ttlMs })).toBeUndefined();
    expect(objection(rows, { ...payload, ttlMs: IDEMPOTENCY_TTL_MS + 1 })).toContain(
      'longer than documented',
    );
    const history = { key: `fulcrum:default:{messaging:${NEWS.channel}}:history`, type: 'stream' };
    expect(objection(rows, { ...history, ttlMs: NEWS.historyTtlMs })).toBeUndefined();
    expect(objection(rows, { ...history, ttlMs: NEWS.historyTtlMs + 1 })).toContain('longer than documented');
    expect(objection(rows, { ...history, ttlMs: undefined })).toContain('expires or not');
    expect(
      objection(rows, { key: 'fulcrum:default:{pipeline:_}:operation:a', type: 'string', ttlMs: 600_001 }),
    ).toContain('longer than documented');
  });

  it('says until when the record of an effect stays', () => {
    for (const part of [':{pipeline:_}:operation:', ':{messaging:derived}:operation:']) {
      const records = [...found.values()].filter(({ key }) => key.includes(part));
      // One is of a commit that was hindered, and one of a commit that is settled.
      expect(new Set(records.map(({ ttlMs }) => ttlMs === undefined)), part).toEqual(new Set([true, false]));
    }
  });

  it('describes no key that nothing writes', () => {
    const unseen = documentedRows().filter(
      ({ pattern }) => ![...found.values()].some(({ key }) => pattern.test(key)),
    );
    expect(unseen.map(({ key }) => key)).toEqual([]);
  });

  it('was checked after a request to every route', () => {
    const declared = service.application.nest
      .get(EndpointAudit)
      .handlers()
      .flatMap(({ transport, address }) => (transport === 'http' ? [address] : []));
    expect(new Set(exchanges.map(({ address }) => address))).toEqual(new Set(declared));
    const failed = exchanges.filter(({ answer }) => answer.status >= 300);
    expect(failed.map(({ address, answer }) => `${address}: ${answer.status}`)).toEqual([]);
  });
});
