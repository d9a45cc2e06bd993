import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { TcpRelay } from '../support/tcp-relay.js';
import { waitUntil } from '../support/wait-until.js';
import { Publisher } from './messaging-publishers.js';
import {
  EventSubscriber,
  Fleet,
  type Resume,
  SocketSubscriber,
  type Subscriber,
} from './messaging-subscribers.js';
import { NOTHING_WRONG, told, Truth } from './messaging-truth.js';
import { patience, sized } from './sizes.js';

const SUBSCRIBERS = sized(24, 200);
const MESSAGES = sized(1000, 20_000);
const CUTS = sized(40, 500);
const PUBLISHERS = 8;
/** So many messages of the channel that keeps few. */
const FEW = sized(20, 50);
const PLENTY = 100_000;
/** A connection that is to break off on the way does so within so many bytes. */
const BREAKS_WITHIN_BYTES = 2000;
const WITHOUT_LIMITS = { RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off', RATE_LIMIT_TENANT: 'off' };

/** A node, and the relay by which some of its clients reach it, which stays where it is when the node is started again. */
interface Node {
  service: ServiceProcess;
  readonly relay: TcpRelay;
}

let redis: TestRedis;
let nodes: [Node, Node];
const cleanups: (() => unknown)[] = [];

async function startNode(port = '0'): Promise<ServiceProcess> {
  return await startServiceProcess({ REDIS_URL: redis.serviceUrl, PORT: port, ...WITHOUT_LIMITS });
}

beforeAll(async () => {
  redis = await startRedis();
  const start = async () => {
    const service = await startNode();
    return { service, relay: await TcpRelay.start(service.url) };
  };
  nodes = await Promise.all([start(), start()]);
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

afterAll(async () => {
  for (const { service, relay } of nodes ?? []) {
    await relay.stop();
    await service.stop();
  }
  await redis?.stop();
});

const apis = (): readonly [ApiClient, ApiClient] => [nodes[0].service.admin, nodes[1].service.admin];

/** Clients reach each node straight, or by its relay. */
const urls = () => {
  const [one, other] = nodes;
  return [one.service.url, other.service.url, one.relay.url, other.relay.url] as const;
};

/** Messages in the channels of one name, and who is subscribed to them. */
class Campaign {
  readonly truth = new Truth();
  readonly channels: readonly [string, ...string[]];
  /** Keeps few messages. */
  readonly brief: string;

  constructor(
    name: string,
    readonly random: Random,
  ) {
    this.channels = [
      `${name}.a.1`,
      `${name}.a.2`,
      `${name}.a.3`,
      `${name}.b.1`,
      `${name}.b.2`,
      `${name}.b.3`,
    ];
    this.brief = `${name}.brief`;
  }

  async open(): Promise<void> {
    const [api] = apis();
    await api.put(`/v1/channels/${this.brief}`, { historySize: FEW });
    for (const channel of this.channels) await api.put(`/v1/channels/${channel}`, { historySize: PLENTY });
  }

  fleetOf(subscribers: readonly Subscriber[]): Fleet {
    const fleet = new Fleet(subscribers, urls, this.random);
    cleanups.push(() => fleet.stop());
    return fleet;
  }

  /** Publishers until `messages` are acknowledged; `wanted` says how many by now. */
  async publish(messages: number, wanted = () => messages): Promise<void> {
    const { truth, random, channels, brief } = this;
    const publisher = () =>
      new Publisher({ truth, random, channels: [...channels, brief], nodes: apis }).publishUntil(
        wanted,
        () => truth.acknowledged >= messages,
      );
    await Promise.all(Array.from({ length: PUBLISHERS }, publisher));
  }

  /** Two more messages in each channel, so that whoever has it misses, or has had, at least so many. */
  async two(): Promise<void> {
    const { truth, random, channels } = this;
    const publisher = new Publisher({ truth, random, channels, nodes: apis });
    for (const channel of [...channels, ...channels]) await publisher.one(channel);
  }

  /** Waits until all are connected, and were told of one last message in each channel and of all before it. */
  async finish(fleet: Fleet, patienceMs: number): Promise<void> {
    const { truth, random, channels, brief } = this;
    for (const { relay } of nodes) relay.relent();
    for (const subscriber of fleet.subscribers) subscriber.mayReturn = () => true;
    const isThere = () => fleet.open.length === fleet.subscribers.length;
    await waitUntil('all are connected', isThere, { timeoutMs: patienceMs });
    const publisher = new Publisher({ truth, random, channels, nodes: apis });
    for (const channel of [...channels, brief]) await publisher.one(channel);
    // Who is not told by then misses something, which the verdict says.
    await waitUntil('all were told', () => fleet.isComplete, { timeoutMs: patienceMs }).catch(
      () => undefined,
    );
    fleet.stop();
  }

  judge(fleet: Fleet) {
    return this.truth.judge(fleet.logs, (channel) => (channel === this.brief ? FEW : PLENTY));
  }

  /** The numbers of the messages that a channel's history has. */
  async history(channel: string): Promise<number[]> {
    const numbers: number[] = [];
    for (let cursor = ''; ;) {
      const { body } = await apis()[0].get(`/v1/channels/${channel}/messages?limit=1000${cursor}`);
      numbers.push(...(body.items as { data: number }[]).map(({ data }) => data));
      if (body.next === null) return numbers;
      cursor = `&cursor=${body.next}`;
    }
  }
}

/** Subscribers of every kind, and those among them that are to stay away for too long. */
function manySubscribers({ channels, brief, truth, random }: Campaign) {
  const some = (count: number) => {
    const left: string[] = [...channels];
    return Array.from({ length: count }, () => left.splice(random.below(left.length), 1)[0] ?? '');
  };
  const [, prefix = ''] = /^(.*)\.a\./.exec(channels[0]) ?? [];
  const matching = (part: string) => channels.filter((channel) => channel.startsWith(`${prefix}.${part}`));
  const events = (at: number): Subscriber => {
    if (at % 8 === 0) return EventSubscriber.ofChannels([brief], truth);
    if (at % 8 === 1) return EventSubscriber.ofChannels([...some(2), brief], truth);
    if (at % 8 === 2) return new EventSubscriber(`pattern=${prefix}.a.*`, matching('a'), truth);
    if (at % 8 === 3) {
      const [named = ''] = matching('b');
      return new EventSubscriber(
        `channel=${named}&pattern=${prefix}.?.1&pattern=${prefix}.b.*`,
        [...new Set([...channels.filter((channel) => channel.endsWith('.1')), ...matching('b')])],
        truth,
      );
    }
    return EventSubscriber.ofChannels(some(at % 2 === 0 ? 1 : 3), truth);
  };
  const socket = (at: number): Subscriber =>
    new SocketSubscriber(at % 4 === 0 ? [...some(1), brief] : some(1 + (at % 2)), truth);
  const all = Array.from({ length: SUBSCRIBERS }, (_, at) => [events(at), socket(at)]).flat();
  const brieflyKept = all.filter((subscriber) => subscriber.channels.includes(brief));
  return { all, absent: brieflyKept.filter((_, at) => at % 3 === 0) };
}

/** Cuts `subscriber` off, and lets it come back once it has missed more than `messages` of `channel`. */
function sendAway(
  fleet: Fleet,
  subscriber: Subscriber,
  channel: string,
  truth: Truth,
  messages: number,
): void {
  fleet.cut(subscriber);
  const had = subscriber.logs.get(channel)?.reached ?? 0;
  subscriber.mayReturn = () => truth.lastOf(channel) > had + messages;
}

const seed = seedOfRun();

describe('subscribers that are cut off while messages are published', () => {
  it(
    `get every message that is kept once and in order, and are told exactly what is not (seed ${seed})`,
    async () => {
      const campaign = new Campaign('resumed', new Random(seed));
      const { truth, random } = campaign;
      await campaign.open();
      const { all, absent } = manySubscribers(campaign);
      const fleet = campaign.fleetOf(all);
      await fleet.start();
      const broken = () => nodes[0].relay.broken + nodes[1].relay.broken;
      const before = broken();
      const cuts = () => fleet.cuts + broken() - before;
      // As many messages as there were cuts, so that each cut is amid messages.
      const wanted = () => Math.min(MESSAGES, 100 + (cuts() / CUTS) * MESSAGES);
      const published = campaign.publish(MESSAGES, wanted);
      const cutting = async () => {
        for (const subscriber of absent) sendAway(fleet, subscriber, campaign.brief, truth, FEW);
        while (cuts() < CUTS) {
          const isClients = random.chance(0.5);
          if (isClients) fleet.cut();
          else nodes[random.below(2)]?.relay.breakOne(random, BREAKS_WITHIN_BYTES);
          const enough = (cuts() / CUTS) * MESSAGES * 0.9;
          await waitUntil('messages', () => truth.acknowledged >= enough, { timeoutMs: 60_000, everyMs: 2 });
        }
      };
      const killing = async () => {
        const isTime = () => truth.acknowledged > MESSAGES / 2;
        await waitUntil('half of the messages', isTime, { timeoutMs: 600_000 });
        const { port } = new URL(nodes[0].service.url);
        await nodes[0].service.stop('SIGKILL');
        await pause(random.below(200));
        nodes[0].service = await startNode(port);
      };
      await Promise.all([published, cutting(), killing()]);
      await campaign.finish(fleet, patience(MESSAGES, 2));
      const verdict = campaign.judge(fleet);
      console.log(
        told(verdict, `for ${all.length} subscribers across ${cuts()} cuts and 1 SIGKILL of a node of 2`),
      );
      expect(verdict).toMatchObject(NOTHING_WRONG);
      expect(fleet.troubles).toEqual([]);
      for (const { logs } of absent) expect(logs.get(campaign.brief)?.gaps.length).toBeGreaterThan(0);
      for (const channel of campaign.channels) {
        expect(await campaign.history(channel)).toEqual(truth.numbersOf(channel));
      }
    },
    patience(MESSAGES + CUTS, 30),
  );

  it.each([
    ['without their place', 'nowhere'],
    ['with the place before their last', 'naively'],
  ] as const)('are found out who come back %s (seed ' + seed + ')', async (_how, resume: Resume) => {
    const campaign = new Campaign(resume, new Random(seed));
    const { truth, channels } = campaign;
    await campaign.open();
    const [one, other = '', third = ''] = channels;
    const naive = [
      EventSubscriber.ofChannels([one], truth, resume),
      EventSubscriber.ofChannels([other, third], truth, resume),
      new SocketSubscriber([one], truth, resume),
    ];
    const fleet = campaign.fleetOf(naive);
    await fleet.start();
    await campaign.publish(100);
    await campaign.two();
    await waitUntil('all of that', () => fleet.isComplete);
    for (const subscriber of naive) sendAway(fleet, subscriber, subscriber.channels[0] ?? '', truth, 1);
    await campaign.two();
    await campaign.publish(200);
    await campaign.finish(fleet, 30_000);
    const verdict = campaign.judge(fleet);
    console.log(
      `coming back ${resume}: ${told(verdict, `for ${naive.length} subscribers across ${fleet.cuts} cuts`)}`,
    );
    // Each of them, whatever its kind.
    for (const subscriber of naive) {
      const { missing, doubled } = truth.judge([...subscriber.logs.values()], () => PLENTY);
      expect((resume === 'nowhere' ? missing : doubled).length).toBeGreaterThan(0);
    }
  });
});
