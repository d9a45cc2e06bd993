import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newKey } from '../e2e/access/credentials.js';
import { EventReader } from '../support/event-reader.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { SocketClient } from '../support/socket-client.js';
import { waitUntil } from '../support/wait-until.js';
import { flushAll } from './messaging-wipe.js';
import { patience, sized } from './sizes.js';

const ROUNDS = sized(1, 5);
const CLIENTS = sized(24, 200);
const CHANNELS = ['room', 'hall'] as const;
const GHOST = 'ghost';
const AGREES_WITHIN_MS = 5000;
const WITHOUT_LIMITS = { RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off', RATE_LIMIT_TENANT: 'off' };

/** One connection, with subscriptions to some channels. */
interface Client {
  readonly node: ServiceProcess;
  readonly actor: string;
  readonly channels: readonly string[];
  readonly isOpen: () => boolean;
  close(): void;
}

interface Actor {
  readonly id: string;
  readonly secret: string;
}

let redis: TestRedis;
let administrator: Redis;
/** The first is the one that something happens to, the other one is asked. */
let nodes: [ServiceProcess, ServiceProcess];
let clients: Client[] = [];
let frozen: ServiceProcess | undefined;

const startNode = () => startServiceProcess({ REDIS_URL: redis.serviceUrl, ...WITHOUT_LIMITS });

beforeAll(async () => {
  redis = await startRedis();
  administrator = new Redis(redis.url);
  nodes = await Promise.all([startNode(), startNode()]);
});

afterEach(() => {
  thaw();
  for (const client of clients.splice(0)) client.close();
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop('SIGKILL');
  administrator?.disconnect();
  await redis?.stop();
});

function freeze(node: ServiceProcess): void {
  node.child.kill('SIGSTOP');
  frozen = node;
}

function thaw(): void {
  frozen?.child.kill('SIGCONT');
  frozen = undefined;
}

async function open(
  random: Random,
  actors: readonly [Actor, ...Actor[]],
  node: ServiceProcess,
): Promise<void> {
  const { id: actor, secret } = random.pick(actors);
  const channels = random.chance(0.3) ? CHANNELS : [random.pick(CHANNELS)];
  if (random.chance(0.5)) {
    const query = channels.map((channel) => `channel=${channel}`).join('&');
    const reader = await EventReader.open(`${node.url}/v1/events?${query}`, secret);
    clients.push({ node, actor, channels, isOpen: () => !reader.ended, close: () => reader.close() });
    await waitUntil('its place', () => reader.lastEventId !== '');
  } else {
    const client = await SocketClient.open(node.url, secret);
    const isOpen = () => client.closed === undefined;
    clients.push({ node, actor, channels, isOpen, close: () => client.close() });
    for (const channel of channels) await client.ask({ type: 'subscribe', channel });
  }
}

function leave(random: Random, from: readonly Client[]): void {
  const client = from[random.below(from.length)];
  client?.close();
  clients = clients.filter((each) => each !== client);
}

/** How many subscriptions each actor has, by channel: of clients that are connected, to nodes that run. */
function truth(): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = Object.fromEntries(
    CHANNELS.map((channel) => [channel, {}]),
  );
  for (const { node, actor, channels, isOpen } of clients) {
    if (!isOpen() || node === frozen) continue;
    for (const channel of channels) {
      const counts = found[channel] ?? {};
      counts[actor] = (counts[actor] ?? 0) + 1;
    }
  }
  return found;
}

/** What the node that is asked says of it. */
async function presence(): Promise<Record<string, Record<string, number>>> {
  const of = async (channel: string) => {
    const { body } = await nodes[1].admin.get(`/v1/channels/${channel}/presence?limit=1000`);
    const items = body.items as { actor: string; subscriptions: number }[];
    return [
      channel,
      Object.fromEntries(items.map(({ actor, subscriptions }) => [actor, subscriptions])),
    ] as const;
  };
  return Object.fromEntries(await Promise.all(CHANNELS.map(of)));
}

/** How many there are together, as the list of channels has it. */
async function totals(): Promise<Record<string, number>> {
  const { body } = await nodes[1].admin.get('/v1/channels');
  const items = body.items as { channel: string; subscriptions: number }[];
  return Object.fromEntries(items.map(({ channel, subscriptions }) => [channel, subscriptions]));
}

const sum = (counts: Record<string, number> = {}) =>
  Object.values(counts).reduce((one, other) => one + other, 0);

/** By how many subscriptions presence is wrong: of each actor, and together. */
async function wrong(): Promise<number> {
  const [said, together, known] = [await presence(), await totals(), truth()];
  return CHANNELS.map((channel) => {
    const [counts = {}, real = {}] = [said[channel], known[channel]];
    const names = new Set([...Object.keys(counts), ...Object.keys(real)]);
    const byActor = [...names].map((name) => Math.abs((counts[name] ?? 0) - (real[name] ?? 0)));
    return byActor.reduce((one, other) => one + other, 0) + Math.abs((together[channel] ?? 0) - sum(real));
  }).reduce((one, other) => one + other, 0);
}

async function agrees(when: string): Promise<void> {
  await waitUntil(`presence agrees with who is there ${when}`, async () => (await wrong()) === 0, {
    timeoutMs: AGREES_WITHIN_MS,
    everyMs: 50,
  });
}

async function killNode(): Promise<void> {
  await nodes[0].stop('SIGKILL');
  await waitUntil('its clients know', () =>
    clients.every(({ node, isOpen }) => node !== nodes[0] || !isOpen()),
  );
}

const seed = seedOfRun();

describe('presence', () => {
  it(
    `agrees with who is there within 5 s, whatever happened (seed ${seed})`,
    async () => {
      const random = new Random(seed);
      const { admin } = nodes[0];
      const actors = [
        await newKey(admin, { roles: ['reader'] }),
        await newKey(admin, { roles: ['reader'] }),
        await newKey(admin, { roles: ['reader'] }),
      ] as const;
      let checks = 0;
      const check = async (when: string) => {
        await agrees(when);
        checks += 1;
      };
      const subscriptions = () => CHANNELS.reduce((all, channel) => all + sum(truth()[channel]), 0);
      let most = 0;
      for (let round = 0; round < ROUNDS; round++) {
        while (clients.length < CLIENTS) await open(random, actors, random.pick(nodes));
        most = Math.max(most, subscriptions());
        await check('at first');
        for (let change = 0; change < CLIENTS / 4; change++) {
          leave(random, clients);
          await open(random, actors, random.pick(nodes));
        }
        await check('after some came and went');
        await flushAll(administrator);
        await check('after Redis was wiped');
        freeze(nodes[0]);
        await check('while a node is frozen');
        for (let left = 0; left < 3; left++)
          leave(
            random,
            clients.filter(({ node }) => node === nodes[0]),
          );
        thaw();
        await check('after it went on');
        await killNode();
        clients = clients.filter(({ isOpen }) => isOpen());
        await check('after a node was killed');
        if (round + 1 < ROUNDS) nodes[0] = await startNode();
      }
      console.log(
        `0 of ${checks} times wrong about up to ${most} subscriptions within 5 s of a SIGKILL, a freeze, its end, ` +
          `a wipe and of changes (seed ${seed})`,
      );
    },
    patience(ROUNDS * 5, 10_000),
  );

  it(`is found wrong if a node that is gone is never forgotten (seed ${seed})`, async () => {
    const random = new Random(seed);
    const actor = await newKey(nodes[1].admin, { roles: ['reader'] });
    for (let at = 0; at < 8; at++) await open(random, [actor], nodes[1]);
    await agrees('at first');
    // As if what a node wrote that had as many clients, and is gone, stood for ever.
    const [list = ''] = await administrator.keys('*{messaging:_}:nodes');
    await administrator.zadd(list, 9e15, GHOST);
    for (const written of await administrator.keys('*:presence:*')) {
      await administrator.copy(written, written.replace(/:presence:.*$/, `:presence:${GHOST}`));
    }
    await expect(agrees('whatever was written')).rejects.toThrow('in vain');
    console.log(
      `with a node that is never forgotten: wrong about ${await wrong()} subscriptions (seed ${seed})`,
    );
  });
});
