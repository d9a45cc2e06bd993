import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChannelFeed } from '../../src/features/messaging/messaging.feed.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { RedisProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { Publisher } from './messaging-publishers.js';
import { EventSubscriber, Fleet, SocketSubscriber, type Subscriber } from './messaging-subscribers.js';
import { ChannelLog, NOTHING_WRONG, placeOf, told, type ToldGap, Truth } from './messaging-truth.js';
import { credentialsIn, flushAll, putBack } from './messaging-wipe.js';
import { pidOfRedis } from './processes.js';
import { patience, sized } from './sizes.js';

const MESSAGES = sized(600, 10_000);
const KILLS = sized(2, 20);
const LOSSES = sized(5, 100);
const PUBLISHERS = 4;
const PLENTY = 100_000;
/** Within this time a node that works looks at each of its channels. */
const LOOK_MS = 2500;

let redis: TestRedis;
let administrator: Redis;
/** Between the first node and Redis. */
let proxy: RedisProxy;
let nodes: [TestService, TestService];
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  // Comes back in the same folder, at the same URL, whenever it dies.
  redis = await startRedis({ extraConfig: ['appendfsync always'] });
  administrator = new Redis(redis.url);
  administrator.on('error', () => undefined);
  proxy = await RedisProxy.start(redis.serviceUrl);
  nodes = [await startService({ REDIS_URL: proxy.url }), await startService({ REDIS_URL: redis.serviceUrl })];
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await proxy?.stop();
  administrator?.disconnect();
  await redis?.stop();
});

const apis = () => [nodes[0].admin, nodes[1].admin] as const;
const urls = () => [nodes[0].url, nodes[1].url] as const;

async function fleetOf(
  subscribers: readonly Subscriber[],
  random: Random,
  where: () => readonly [string, ...string[]] = urls,
): Promise<Fleet> {
  const fleet = new Fleet(subscribers, where, random);
  cleanups.push(() => fleet.stop());
  await fleet.start();
  return fleet;
}

/** Publishers until `messages` are acknowledged; `wanted` says how many by now. */
async function publishAll(options: {
  truth: Truth;
  random: Random;
  channels: readonly [string, ...string[]];
  messages: number;
  wanted?: () => number;
}): Promise<void> {
  const { truth, messages, wanted = () => messages } = options;
  const publisher = () =>
    new Publisher({ ...options, nodes: apis }).publishUntil(wanted, () => truth.acknowledged >= messages);
  await Promise.all(Array.from({ length: PUBLISHERS }, publisher));
}

/** The id of a message with the number `n`, published on the node whose Redis nobody takes away alone. */
async function publish(channel: string, n: number): Promise<string> {
  const answer = await waitUntil('the message is published', async () => {
    const tried = await nodes[1].admin.post(`/v1/channels/${channel}/messages`, { data: n });
    return tried.status === 201 ? tried : undefined;
  });
  return String(answer.body.id);
}

async function publishFrom(channel: string, first: number, last: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = first; n <= last; n++) ids.push(await publish(channel, n));
  return ids;
}

async function killRedis(): Promise<void> {
  const pid = await waitUntil('Redis answers', () => pidOfRedis(redis.url), { timeoutMs: 60_000 });
  process.kill(pid, 'SIGKILL');
  const isBack = async () => ![undefined, pid].includes(await pidOfRedis(redis.url));
  await waitUntil('Redis is back', isBack, { timeoutMs: 60_000 });
}

const wipes = {
  'wiped by FLUSHALL': () => flushAll(administrator),
  'that comes back in an empty folder': async () => {
    const credentials = await credentialsIn(administrator);
    const [, folder = ''] = (await administrator.config('GET', 'dir')) as string[];
    await rm(join(folder, 'appendonlydir'), { recursive: true });
    await killRedis();
    await waitUntil('the test reaches it again', () => administrator.status === 'ready');
    await putBack(administrator, credentials);
  },
};

/** What a subscriber was told of its first channel. */
const logOf = ({ logs, channels }: Subscriber): ChannelLog => {
  const log = logs.get(channels[0] ?? '');
  if (log === undefined) throw new Error('a subscriber has no channel');
  return log;
};

const entriesOf = (subscriber: Subscriber) => logOf(subscriber).entries;

/** The same, and of each gap where it begins and the place at which it ends, whatever its instant. */
const readable = (subscriber: Subscriber) =>
  entriesOf(subscriber).map((entry) => (typeof entry === 'number' ? entry : gap(entry.from, entry.to)));

function gap(from: string | null | undefined, to: string) {
  const { epoch, offset } = placeOf(to);
  return { from, upTo: `${epoch}.${offset}` };
}

async function toldOf(n: number, subscribers: readonly Subscriber[], timeoutMs = 10_000): Promise<void> {
  const isTold = () => subscribers.every((subscriber) => entriesOf(subscriber).includes(n));
  await waitUntil(`all were told of message ${n}`, isTold, { timeoutMs });
}

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** One subscriber of every kind to the same channel by its name. */
const everyKind = (channel: string, truth: Truth) => [
  EventSubscriber.ofChannels([channel], truth),
  EventSubscriber.ofChannels([channel, `${channel}.other`], truth),
  new SocketSubscriber([channel], truth),
];

const seed = seedOfRun();

describe('a Redis that is killed while messages are published, and has what it was told', () => {
  it(
    `comes back to subscribers who miss nothing and get nothing twice (seed ${seed})`,
    async () => {
      const random = new Random(seed);
      const truth = new Truth();
      const channels = ['killed.1', 'killed.2', 'killed.3'] as const;
      for (const channel of channels) {
        await nodes[1].admin.put(`/v1/channels/${channel}`, { historySize: PLENTY });
      }
      const all = channels.flatMap((channel) => [
        ...[0, 1].map(() => EventSubscriber.ofChannels([channel], truth)),
        ...[0, 1].map(() => new SocketSubscriber([channel], truth)),
        EventSubscriber.ofChannels(channels, truth),
        new EventSubscriber('pattern=killed.*', channels, truth),
      ]);
      const fleet = await fleetOf(all, random);
      let kills = 0;
      const wanted = () => ((kills + 1) / (KILLS + 1)) * MESSAGES;
      const published = publishAll({ truth, random, channels, messages: MESSAGES, wanted });
      const publisher = new Publisher({ truth, random, channels, nodes: apis });
      for (; kills < KILLS; kills++) {
        const enough = ((kills + random.next()) / (KILLS + 1)) * MESSAGES;
        await waitUntil('some messages', () => truth.acknowledged >= enough, {
          timeoutMs: 60_000,
          everyMs: 2,
        });
        await killRedis();
        // Nobody is left behind: all are told of what is published from now on, and that before the next fault.
        for (const channel of channels) await publisher.one(channel);
        const last = channels.map((channel) => [channel, truth.lastOf(channel)] as const);
        const isTold = () =>
          all.every(({ logs }) => last.every(([channel, to]) => (logs.get(channel)?.reached ?? to) >= to));
        await waitUntil('nobody sits silent', isTold);
      }
      await published;
      await waitUntil('all were told', () => fleet.isComplete).catch(() => undefined);
      fleet.stop();
      const verdict = truth.judge(fleet.logs, () => PLENTY);
      console.log(told(verdict, `for ${all.length} subscribers across ${KILLS} SIGKILLs of Redis`));
      expect(verdict).toMatchObject({ ...NOTHING_WRONG, gaps: 0 });
      expect(fleet.troubles).toEqual([]);
    },
    patience(MESSAGES + KILLS * 200, 20),
  );
});

describe.each(Object.keys(wipes) as (keyof typeof wipes)[])('a Redis %s', (how) => {
  it(`leaves nobody silent, and is told of as a gap (seed ${seed})`, async () => {
    const random = new Random(seed);
    const truth = new Truth();
    const channel = `wiped.${how.length}`;
    const lone = `lone.${how.length}`;
    const live = everyKind(channel, truth);
    const away = everyKind(channel, truth);
    const patterns = [
      new EventSubscriber(`pattern=${lone}`, [lone], truth),
      new EventSubscriber(`pattern=${lone}*`, [lone], truth),
    ];
    const fleet = await fleetOf([...live, ...away, ...patterns], random);
    const before = (await publishFrom(channel, 1, 5)).at(-1);
    await publishFrom(lone, 1, 5);
    await toldOf(5, fleet.subscribers);
    let mayReturn = false;
    for (const subscriber of away) {
      fleet.cut(subscriber);
      subscriber.mayReturn = () => mayReturn;
    }
    await wipes[how]();
    const [first = ''] = await publishFrom(channel, 6, 8);
    await publishFrom(lone, 6, 8);
    await toldOf(8, [...live, ...patterns]);
    mayReturn = true;
    await toldOf(8, away);
    const { epoch } = placeOf(first);
    expect(epoch).not.toBe(placeOf(before ?? '').epoch);
    for (const subscriber of [...live, ...away]) {
      expect(readable(subscriber)).toEqual([...range(1, 5), gap(before, `${epoch}.0`), ...range(6, 8)]);
    }
    for (const subscriber of patterns) {
      expect(entriesOf(subscriber).filter((entry) => typeof entry === 'number')).toEqual(range(1, 8));
    }
    console.log(
      `0 silent, ${live.length + away.length} told of the gap of ${live.length + away.length} subscribers, ` +
        `${away.length} of whom had been away, and 0 silent of ${patterns.length} with patterns, after a Redis ${how} (seed ${seed})`,
    );
  });
});

/**
 * A server that loses its last writes is made by putting back what a channel was before. All after message 5 is lost, of 10;
 * then `fresh` others are published.
 */
const losses = [
  ['seen by a node as it happens', 3, false],
  ['unseen by a node that was away until there was more than before', 8, true],
] as const;

describe('a Redis that has lost its last writes', () => {
  it.each(losses)(
    `%s, is told of as a gap, and what is new comes to all (seed ${seed})`,
    async (how, fresh, isAway) => {
      const random = new Random(seed);
      const truth = new Truth();
      const channel = `rewound.${fresh}`;
      const live = everyKind(channel, truth);
      /** By the last message that they had when they left. */
      const away = new Map([3, 5, 7, 10].map((last) => [last, everyKind(channel, truth)]));
      const fleet = await fleetOf([...live, ...[...away.values()].flat()], random, () => [nodes[0].url]);
      let mayReturn = false;
      const leave = async (last: number) => {
        for (const subscriber of away.get(last) ?? []) {
          await toldOf(last, [subscriber]);
          fleet.cut(subscriber);
          subscriber.mayReturn = () => mayReturn;
        }
      };
      const ids = new Map<number, string>();
      const more = async (first: number, last: number) => {
        for (const [at, id] of (await publishFrom(channel, first, last)).entries()) ids.set(first + at, id);
      };
      await more(1, 3);
      await leave(3);
      await more(4, 5);
      await leave(5);
      const keys = ['info', 'history'].map((part) => `fulcrum:default:{messaging:${channel}}:${part}`);
      const dumps = await Promise.all(keys.map((key) => administrator.dumpBuffer(key)));
      await more(6, 7);
      await leave(7);
      await more(8, 10);
      await leave(10);
      await toldOf(10, live);
      if (isAway) proxy.refuse();
      for (const [at, key] of keys.entries()) {
        await administrator.restore(key, 0, dumps[at] ?? Buffer.of(), 'REPLACE');
      }
      const newest = 10 + fresh;
      await more(11, newest);
      proxy.accept();
      await toldOf(newest, live);
      mayReturn = true;
      await toldOf(newest, [...away.values()].flat());
      await more(newest + 1, newest + 3);
      await toldOf(newest + 3, fleet.subscribers);
      /** Who had something of what is lost is told of a gap that ends where that began. */
      const expected = (last: number) => [
        ...range(1, Math.max(last, 5)),
        ...(last > 5 ? [gap(ids.get(last), ids.get(5) ?? '')] : []),
        ...range(11, newest + 3),
      ];
      for (const subscriber of live) expect(readable(subscriber)).toEqual(expected(10));
      for (const [last, subscribers] of away) {
        for (const subscriber of subscribers) expect(readable(subscriber)).toEqual(expected(last));
      }
      console.log(
        `0 missing, 0 double of ${fresh + 3} messages after 5 were lost, ${how}, for ${fleet.subscribers.length} ` +
          `subscribers, 9 of whom had some of those and were told (seed ${seed})`,
      );
    },
  );
});

/** What subscribers on the first node are told of a channel that keeps nothing, across a loss of its connections. */
async function acrossLoss(channel: string, random: Random) {
  const truth = new Truth();
  await nodes[1].admin.put(`/v1/channels/${channel}`, { historySize: 0 });
  const cutOff = await fleetOf(everyKind(channel, truth), random, () => [nodes[0].url]);
  const others = await fleetOf(everyKind(channel, truth), random, () => [nodes[1].url]);
  const ids = await publishFrom(channel, 1, 3);
  await toldOf(3, [...cutOff.subscribers, ...others.subscribers]);
  proxy.refuse();
  ids.push(...(await publishFrom(channel, 4, 8)));
  await toldOf(8, others.subscribers);
  proxy.accept();
  const topic = `fulcrum:default:{messaging:${channel}}:messages`;
  const isBack = async () => {
    const [, count] = (await administrator.call('PUBSUB', 'NUMSUB', topic)) as [string, number];
    return count === 2;
  };
  await waitUntil('the first node is subscribed again', isBack);
  return { truth, cutOff, others, ids };
}

/** The same without its gaps, as a subscriber that ignores them has it. */
function withoutGaps(log: ChannelLog): ChannelLog {
  const stripped = new ChannelLog(log.channel);
  stripped.entries.push(...log.entries.filter((entry) => typeof entry === 'number'));
  return stripped;
}

describe('a channel that keeps nothing, on a node that loses its Redis for a while', () => {
  it(`has a gap that names exactly what was missed (seed ${seed})`, async () => {
    const { truth, cutOff, others, ids } = await acrossLoss('unkept', new Random(seed));
    await waitUntil('the gap', () => cutOff.subscribers.every((each) => logOf(each).gaps.length > 0));
    ids.push(...(await publishFrom('unkept', 9, 10)));
    await toldOf(10, [...cutOff.subscribers, ...others.subscribers]);
    for (const subscriber of cutOff.subscribers) {
      expect(readable(subscriber)).toEqual([1, 2, 3, gap(ids[2], ids[7] ?? ''), 9, 10]);
    }
    for (const subscriber of others.subscribers) expect(entriesOf(subscriber)).toEqual(range(1, 10));
    for (const [at, id] of ids.entries()) truth.acknowledge(at + 1, 'unkept', id);
    const logs = cutOff.subscribers.map(logOf);
    const verdict = truth.judge(logs, () => 0);
    const ignorant = truth.judge(logs.map(withoutGaps), () => 0);
    console.log(told(verdict, `for ${logs.length} subscribers on a node that lost Redis for 5 messages`));
    console.log(`ignoring gaps: ${told(ignorant, `for ${logs.length} subscribers`)}`);
    expect(verdict).toMatchObject({ ...NOTHING_WRONG, gaps: logs.length });
    expect(ignorant.missing.length).toBe(5 * logs.length);
  });

  it(`is found silent if the node does not look for what it missed (seed ${seed})`, async () => {
    const { sync, doubt } = ChannelFeed.prototype;
    Object.assign(ChannelFeed.prototype, { sync: () => Promise.resolve(), doubt: () => undefined });
    try {
      const { cutOff, others } = await acrossLoss('blind', new Random(seed));
      await publishFrom('blind', 9, 10);
      await toldOf(10, others.subscribers);
      // Redis has told the first node before it told this client, which asks through it.
      expect((await nodes[0].admin.get('/v1/channels/blind')).status).toBe(200);
      const silent = cutOff.subscribers.filter((subscriber) => entriesOf(subscriber).at(-1) === 3);
      console.log(
        `without a look: ${silent.length} silent of ${cutOff.subscribers.length} subscribers (seed ${seed})`,
      );
      expect(silent.length).toBe(cutOff.subscribers.length);
      await expect(toldOf(10, cutOff.subscribers, LOOK_MS)).rejects.toThrow('in vain');
    } finally {
      Object.assign(ChannelFeed.prototype, { sync, doubt });
    }
  });
});

describe('a channel that is not listed when its first message is published', () => {
  it(`comes to who follows its pattern, also if Redis’ answer is lost (seed ${seed})`, async () => {
    const random = new Random(seed);
    const truth = new Truth();
    const followers = [0, 1].map(() => new EventSubscriber('pattern=new.*', ['new.one'], truth));
    const fleet = await fleetOf(followers, random, () => [nodes[1].url]);
    // From here on Redis has the script.
    await nodes[0].admin.post('/v1/channels/old/messages', { data: 1 });
    const lost = proxy.lost.length;
    const isTarget = (words: readonly string[]) =>
      words[0]?.toUpperCase() === 'EVALSHA' && words.some((word) => word.includes('new.one'));
    proxy.lose({ isTarget, after: 0 });
    const answer = await nodes[0].admin.post(
      '/v1/channels/new.one/messages',
      { data: 1 },
      { 'idempotency-key': 'new.one' },
    );
    // What the node sent along with it, of its own, is lost as well.
    const lostOfIt = proxy.lost.slice(lost).filter(({ words }) => isTarget(words));
    expect([answer.status, lostOfIt.length]).toEqual([201, 1]);
    await toldOf(1, fleet.subscribers);
    console.log(`0 of ${followers.length} followers of a pattern miss the message (seed ${seed})`);
  });

  it(`comes to who was away, and to others as far as it is new (seed ${seed})`, async () => {
    const truth = new Truth();
    const subscriber = () => new EventSubscriber('pattern=late.*', ['late.one', 'late.old'], truth);
    const where = () => [nodes[1].url] as const;
    const early = subscriber();
    const fleet = await fleetOf([early], new Random(seed), where);
    await nodes[1].admin.put('/v1/channels/late.one', { historySize: 2 });
    await publish('late.old', 1);
    await waitUntil('the first', () => early.logs.get('late.old')?.entries.length === 1);
    fleet.cut(early);
    let mayReturn = false;
    early.mayReturn = () => mayReturn;
    const ids = await publishFrom('late.one', 2, 5);
    // As a node leaves it that dies, or loses Redis, right after it has published.
    await administrator.hdel('fulcrum:default:{messaging:late.one}:info', 'indexed');
    await administrator.zrem('fulcrum:default:{messaging:_}:channels', 'late.one');
    const isOver = async () =>
      Number((await administrator.time())[0]) * 1000 > (placeOf(ids.at(-1) ?? '').at ?? 0);
    await waitUntil('the second is over', isOver);
    const late = subscriber();
    await fleetOf([late], new Random(seed), where);
    mayReturn = true;
    await waitUntil('it is back', () => fleet.open.length === 1);
    ids.push(await publish('late.one', 6));
    await toldOf(6, [early, late]);
    // Of the messages 2 to 5 the last is kept.
    expect(readable(early)).toEqual([gap(null, ids[2] ?? ''), 5, 6]);
    expect(entriesOf(late).filter((entry) => typeof entry === 'number')).toEqual([6]);
    console.log(`0 missing, 0 double of 2 messages in a channel that was listed late (seed ${seed})`);
  });
});

describe('connections with subscriptions that Redis breaks off while messages are published', () => {
  it(
    `cost nothing that is kept, and of what is not, exactly what gaps name (seed ${seed})`,
    async () => {
      const random = new Random(seed);
      const truth = new Truth();
      const channels = ['broken.kept', 'broken.unkept'] as const;
      const [kept, unkept] = channels;
      await nodes[1].admin.put(`/v1/channels/${kept}`, { historySize: PLENTY });
      await nodes[1].admin.put(`/v1/channels/${unkept}`, { historySize: 0 });
      const all = [0, 1].flatMap(() => [
        ...channels.flatMap((channel) => everyKind(channel, truth)),
        new EventSubscriber('pattern=broken.*', channels, truth),
      ]);
      // Some of them have a channel besides, in which nothing is published.
      const fleet = await fleetOf(all, random);
      let losses = 0;
      const published = publishAll({
        truth,
        random,
        channels,
        messages: MESSAGES,
        wanted: () => ((losses + 1) / (LOSSES + 1)) * MESSAGES,
      });
      for (; losses < LOSSES; losses++) {
        const enough = ((losses + random.next()) / (LOSSES + 1)) * MESSAGES;
        await waitUntil('some messages', () => truth.acknowledged >= enough, {
          timeoutMs: 60_000,
          everyMs: 2,
        });
        await administrator.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
      }
      await published;
      await waitUntil('all were told', () => fleet.isComplete).catch(() => undefined);
      fleet.stop();
      const sizeOf = (channel: string) => (channel === unkept ? 0 : PLENTY);
      const verdict = truth.judge(fleet.logs, sizeOf);
      console.log(
        told(verdict, `for ${all.length} subscribers across ${LOSSES} lost subscriber connections`),
      );
      const ignorant = truth.judge(fleet.logs.map(withoutGaps), sizeOf);
      console.log(`ignoring gaps: ${told(ignorant, `for ${all.length} subscribers`)}`);
      expect(verdict).toMatchObject(NOTHING_WRONG);
      expect(fleet.troubles).toEqual([]);
      const named = (gaps: readonly ToldGap[]) =>
        gaps.reduce((sum, { from, to }) => sum + placeOf(to).offset - placeOf(from ?? '').offset, 0);
      expect(ignorant.missing.length).toBe(named(fleet.logs.flatMap(({ gaps }) => gaps)));
    },
    patience(MESSAGES + LOSSES * 20, 20),
  );
});
