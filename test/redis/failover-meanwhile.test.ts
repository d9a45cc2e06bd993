import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HeardSentinelConnector } from '../../src/redis/heard-connector.js';
import { FollowingConnector } from '../support/following-connector.js';
import { type SentinelSet, startSentinels } from '../support/sentinels.js';
import { waitUntil } from '../support/wait-until.js';

type Whose = 'ours' | 'documented' | 'ioredis';
const CONNECTORS: Record<Whose, RedisOptions['Connector']> = {
  ours: HeardSentinelConnector,
  // Nest's options are not so strict about what a connector takes.
  documented: FollowingConnector as RedisOptions['Connector'],
  ioredis: undefined,
};

let set: SentinelSet;
let gate: Server;
/** Clients that are not let through to the Sentinel yet; undefined while all are. */
let waiting: (() => void)[] | undefined;
/** What became of a command to a client that was connecting again when the Sentinel named another master. */
let answers: Record<Whose, string>;

beforeAll(async () => {
  set = await startSentinels({ replicas: 1, sentinels: 1 });
  const sentinel = new URL(set.settings['REDIS_SENTINELS'] ?? '');
  const port = await openGate(sentinel);
  const clients = Object.entries(CONNECTORS).map(([whose, Connector]) => ({
    whose,
    redis: clientOf(port, sentinel.password, Connector),
  }));
  const asker = new Redis(sentinel.href);
  try {
    await Promise.all(clients.map(({ redis }) => redis.ping()));
    await waitUntil('they listen to the Sentinel', async () => (await listenersOf(asker)) >= clients.length);

    const held: (() => void)[] = (waiting = []);
    const master = await set.master();
    for (const { redis } of clients) redis.stream.destroy();
    await waitUntil('they ask the Sentinel again', () => held.length === clients.length);
    const asked = clients.map(async ({ whose, redis }) => [whose, await redis.ping().catch(messageOf)]);
    await failOver(sentinel, asker);
    waiting = undefined;
    for (const pass of held) pass();
    answers = Object.fromEntries(await Promise.all(asked)) as typeof answers;
    expect(await set.master()).not.toBe(master);
  } finally {
    for (const { redis } of clients) redis.disconnect();
    asker.disconnect();
  }
});

afterAll(async () => {
  gate?.close();
  await set?.stop();
});

async function openGate(sentinel: URL): Promise<number> {
  gate = createServer((client) => {
    const pass = () => {
      const server = connect(Number(sentinel.port), sentinel.hostname);
      for (const socket of [client, server]) socket.on('error', () => undefined);
      client.pipe(server).pipe(client);
    };
    if (waiting === undefined) pass();
    else waiting.push(pass);
  });
  await once(gate.listen(0, '127.0.0.1'), 'listening');
  return (gate.address() as AddressInfo).port;
}

function clientOf(port: number, password: string, Connector: RedisOptions['Connector']): Redis {
  const client = new Redis({
    sentinels: [{ host: '127.0.0.1', port }],
    sentinelPassword: password,
    name: 'mymaster',
    password,
    failoverDetector: true,
    disconnectTimeout: 100,
    maxRetriesPerRequest: null,
    ...(Connector && { Connector }),
  });
  client.on('error', () => undefined);
  return client;
}

async function listenersOf(sentinel: Redis): Promise<number> {
  return String(await sentinel.client('LIST', 'TYPE', 'PUBSUB'))
    .trim()
    .split('\n').length;
}

/** Puts the replica in the master's place; settles when the Sentinel has told all who listen to it. */
async function failOver(sentinel: URL, asker: Redis): Promise<void> {
  const listener = new Redis(sentinel.href);
  try {
    await listener.subscribe('+switch-master');
    const told = once(listener, 'message');
    await asker.call('SENTINEL', 'FAILOVER', 'mymaster');
    await told;
  } finally {
    listener.disconnect();
  }
}

function messageOf(error: Error): string {
  return error.message;
}

it('goes on when Sentinels name another master while it connects again', () => {
  expect(answers.ours).toBe('PONG');
});

it('goes on likewise in an application that does what docs/redis.md says', () => {
  expect(answers.documented).toBe('PONG');
});

it('is at its end with the connector of ioredis', () => {
  expect(answers.ioredis).toBe('Connection is closed.');
});
