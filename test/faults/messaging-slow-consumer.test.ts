import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ChannelItem, Message } from '../../src/features/messaging/messaging.items.js';
import { SlowQueue } from '../../src/features/messaging/messaging.slow-queue.js';
import { Subscriber } from '../../src/features/messaging/messaging.subscriber.js';
import type { LiveConnection } from '../../src/transport/live/live-connection.js';
import { LiveConnections } from '../../src/transport/live/live-connections.js';
import { EventReader } from '../support/event-reader.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADMIN_KEY, startService, type TestService } from '../support/service.js';
import { SocketClient } from '../support/socket-client.js';
import { waitUntil } from '../support/wait-until.js';
import { ChannelLog, NOTHING_WRONG, placeOf, Truth } from './messaging-truth.js';
import { patience, sized } from './sizes.js';

const ROUNDS = sized(1, 5);
const MIB = 1_048_576;
/**
 * What may wait in this process for one client: the bound of its queue, what its socket buffers before it says that it is
 * full, and the one message that is beyond.
 */
const MAX_WAITING = MIB + 2 * 65_536;
const MESSAGES_A_REQUEST = 8;
const MESSAGE_BYTES = { least: 16_384, most: 49_152 };
/** Nothing waits any more for the kernel to take it if it has taken nothing of so much. */
const STUCK_AFTER = 2 * MIB;
/** More than any kernel buffers for one connection. */
const MOST = 256 * MIB;
const TAGS = 5;

let redis: TestRedis;
let service: TestService;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  redis = await startRedis();
  service = await startService({ REDIS_URL: redis.serviceUrl });
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

afterAll(async () => {
  await service?.stop();
  await redis?.stop();
});

type Kind = LiveConnection['kind'];
type Policy = 'disconnect' | 'drop-oldest' | 'conflate';

/** A client that can cease to read, and what it is told. */
interface Reader {
  readonly log: ChannelLog;
  pause(): void;
  resume(): void;
  /** Why the service ended the connection; undefined as long as it has not. */
  readonly end: string | undefined;
  collect(): void;
  /** A client that goes on where this one was. */
  again(): Promise<Reader>;
}

interface Told {
  readonly id: string;
  readonly data: { readonly n: number };
  readonly from: string | null;
  readonly to: string;
}

function take(log: ChannelLog, kind: unknown, { id, data, from, to }: Told): void {
  if (kind === 'message') log.message(data.n, id);
  else if (kind === 'gap') log.gap({ from, to, seenAt: Date.now() });
}

async function readEvents(log: ChannelLog, lastEventId = ''): Promise<Reader> {
  const headers: Record<string, string> = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
  const url = `${service.url}/v1/events?channel=${log.channel}`;
  const reader = await EventReader.open(url, ADMIN_KEY, headers);
  cleanups.push(() => reader.close());
  await waitUntil('its place', () => reader.lastEventId !== '');
  let end: string | undefined;
  return {
    log,
    pause: () => reader.pause(),
    resume: () => reader.resume(),
    get end() {
      return reader.ended ? end : undefined;
    },
    collect: () => {
      for (const { event, data } of reader.events.splice(0)) {
        if (event === 'end') end = (JSON.parse(data) as { reason: string }).reason;
        else take(log, event, JSON.parse(data) as Told);
      }
    },
    again: () => readEvents(log, reader.lastEventId),
  };
}

async function readSocket(log: ChannelLog, since?: string): Promise<Reader> {
  const client = await SocketClient.open(service.url, ADMIN_KEY);
  cleanups.push(() => client.close());
  await client.ask({ type: 'subscribe', channel: log.channel, ...(since === undefined ? {} : { since }) });
  let last = since;
  return {
    log,
    pause: () => client.socket.pause(),
    resume: () => client.socket.resume(),
    get end() {
      return client.closed?.code === 1008 ? client.closed.reason : undefined;
    },
    collect: () => {
      for (const frame of client.frames.splice(0)) {
        take(log, frame.type, frame as unknown as Told);
        if (frame.type === 'message') last = String(frame.id);
      }
    },
    again: () => readSocket(log, last),
  };
}

const readers = { sse: readEvents, websocket: readSocket };

/** Every subscriber of the service, since `watchSubscribers`, with the most that has waited for it at a time. */
const watched = new Map<Subscriber, number>();

/** What waits in this process for a client: in its socket, and in its queue, whatever that says of itself. */
function waitingFor(subscriber: Subscriber): number {
  const queue: unknown = Reflect.get(subscriber, 'queue');
  let bytes = subscriber.connection.queuedBytes;
  if (queue instanceof SlowQueue) {
    for (const { item } of Reflect.get(queue, 'slots') as Set<{ item: ChannelItem }>) {
      bytes += item instanceof Message ? item.json.length : 256;
    }
  }
  return bytes;
}

/** Looks at each subscriber whenever it was given something, until what is returned is called. */
function watchSubscribers(): () => void {
  const original = Subscriber.prototype.take;
  Subscriber.prototype.take = function (batch) {
    original.call(this, batch);
    watched.set(this, Math.max(watched.get(this) ?? 0, waitingFor(this)));
  };
  return () => {
    Subscriber.prototype.take = original;
    watched.clear();
  };
}

const connections = () =>
  new Set(
    Reflect.get(service.application.nest.get(LiveConnections), 'connections') as Iterable<LiveConnection>,
  );

/** What the kernel has taken of a connection. */
function takenOf(connection: LiveConnection): number {
  const socket = Reflect.get(connection, connection.kind === 'sse' ? 'out' : 'socket') as Socket;
  return socket.bytesWritten - socket.writableLength;
}

function tagsOf(n: number): string[] {
  if (n % 11 === 0) return [];
  return n % 7 === 0 ? [`t${n % TAGS}`, `t${(n + 1) % TAGS}`] : [`t${n % TAGS}`];
}

/** A channel with two subscribers that keep up and one that ceases to read. */
class Scenario {
  readonly truth = new Truth();
  private published = 0;
  private readonly fast: Reader[] = [];

  private constructor(
    readonly channel: string,
    private readonly random: Random,
    readonly slow: Reader,
    readonly connection: LiveConnection,
  ) {}

  static async open(name: string, kind: Kind, policy: Policy, random: Random): Promise<Scenario> {
    const channel = `${name}.${kind}.${policy}`;
    cleanups.push(watchSubscribers());
    await service.admin.put(`/v1/channels/${channel}`, { slowConsumer: policy });
    const before = connections();
    const slow = await readers[kind](new ChannelLog(channel));
    const [connection] = [...connections()].filter((each) => !before.has(each));
    if (connection === undefined) throw new Error('there is no connection');
    const scenario = new Scenario(channel, random, slow, connection);
    for (const open of Object.values(readers)) scenario.fast.push(await open(new ChannelLog(channel)));
    return scenario;
  }

  /** The most that has waited for the slow client at a time. */
  get peak(): number {
    const found = [...watched].find(([{ connection }]) => connection === this.connection);
    return found?.[1] ?? 0;
  }

  get kept(): string {
    const [peak, taken] = [this.peak / 1024, takenOf(this.connection) / MIB];
    return `at most ${Math.round(peak)} KiB waited for it here, beyond the ${taken.toFixed(1)} MiB that the kernel took`;
  }

  /** Publishes some messages, and waits until those who keep up have them; gives how many bytes that were. */
  async publish(): Promise<number> {
    const { channel, truth, random } = this;
    const messages = Array.from({ length: MESSAGES_A_REQUEST }, () => {
      const n = truth.newNumber();
      const length = MESSAGE_BYTES.least + random.below(MESSAGE_BYTES.most - MESSAGE_BYTES.least);
      return { channel, data: { n, text: 'x'.repeat(length) }, tags: tagsOf(n) };
    });
    const { body } = await service.admin.post('/v1/messages/batch', { messages });
    for (const [at, { data }] of messages.entries()) {
      truth.acknowledge(data.n, channel, String(body.results[at].id));
    }
    await waitUntil('those who keep up have it', () => this.fast.every((reader) => this.hasAll(reader)));
    const bytes = messages.reduce((sum, { data }) => sum + data.text.length, 0);
    this.published += bytes;
    return bytes;
  }

  hasAll(reader: Reader): boolean {
    reader.collect();
    return reader.log.reached === this.truth.lastOf(this.channel);
  }

  /** Lets the slow client cease to read, and publishes until its connection is over, or takes nothing more. */
  async starve(): Promise<void> {
    await this.publish();
    await waitUntil('it has the first', () => this.hasAll(this.slow));
    this.slow.pause();
    let [taken, since] = [-1, 0];
    while (!this.connection.isClosed && since < STUCK_AFTER) {
      if (this.published > MOST) throw new Error('the kernel took everything');
      const bytes = await this.publish();
      since = takenOf(this.connection) === taken ? since + bytes : 0;
      taken = takenOf(this.connection);
    }
  }

  judge(readersOf: readonly Reader[] = this.fast) {
    return this.truth.judge(
      readersOf.map(({ log }) => log),
      () => 0,
    );
  }
}

/** What the slow client has to see, once it reads again. */
const outcomes = {
  disconnect: async (scenario: Scenario) => {
    const { slow, truth, channel } = scenario;
    expect(scenario.connection.isClosed).toBe(true);
    slow.resume();
    await waitUntil('the end', () => {
      slow.collect();
      return slow.end;
    });
    expect(slow.end).toBe('messaging.slow-consumer');
    expect(slow.log.reached).toBeLessThan(truth.lastOf(channel));
    const back = await slow.again();
    await waitUntil('the rest', () => scenario.hasAll(back));
    const verdict = scenario.judge([slow]);
    expect(verdict).toMatchObject({ ...NOTHING_WRONG, gaps: 0 });
    return `was disconnected, and had all ${verdict.messages} when it came back`;
  },
  'drop-oldest': async (scenario: Scenario) => {
    const { slow } = scenario;
    slow.resume();
    await waitUntil('the newest', () => scenario.hasAll(slow));
    await scenario.publish();
    await waitUntil('what is live', () => scenario.hasAll(slow));
    const verdict = scenario.judge([slow]);
    expect(verdict).toMatchObject(NOTHING_WRONG);
    expect(verdict.gaps).toBeGreaterThan(0);
    const dropped = slow.log.gaps.reduce(
      (sum, { from, to }) => sum + placeOf(to).offset - placeOf(from ?? '').offset,
      0,
    );
    return `was told of all ${dropped} of ${verdict.messages} that were dropped in ${verdict.gaps} gap`;
  },
  conflate: async (scenario: Scenario) => {
    const { slow, truth, channel } = scenario;
    slow.resume();
    await waitUntil('the newest', () => scenario.hasAll(slow));
    const got = slow.log.entries.map(Number);
    expect(got).toEqual([...new Set(got)].sort((one, other) => one - other));
    const newest = new Map<string, number>();
    for (const n of truth.numbersOf(channel)) {
      const tags = tagsOf(n);
      for (const tag of tags.length === 0 ? [''] : tags) newest.set(tag, n);
    }
    const last = [...new Set(newest.values())].sort((one, other) => one - other);
    expect(got.slice(-last.length)).toEqual(last);
    expect(got.length).toBeLessThan(truth.acknowledged);
    return `got ${got.length} of ${truth.acknowledged}, at the end the newest of each of ${newest.size} tags in order`;
  },
};

const seed = seedOfRun();
const kinds: readonly Kind[] = ['sse', 'websocket'];
const cases = kinds.flatMap((kind) =>
  (Object.keys(outcomes) as Policy[]).map((policy) => [kind, policy] as const),
);

describe('a subscriber that ceases to read', () => {
  it.each(cases)(
    `by %s, with the policy %s, costs what its queue may hold and delays nobody (seed ${seed})`,
    async (kind, policy) => {
      for (let round = 0; round < ROUNDS; round++) {
        const scenario = await Scenario.open(`slow.${round}`, kind, policy, new Random(seed + round));
        await scenario.starve();
        const { kept, peak } = scenario;
        const outcome = await outcomes[policy](scenario);
        const fast = scenario.judge();
        console.log(
          `${kind}, ${policy}: ${outcome}; ${kept}; ${fast.missing.length} missing, ${fast.doubled.length} double, ` +
            `${fast.disordered.length} out of order for 2 others (seed ${seed + round})`,
        );
        expect(fast).toMatchObject({ ...NOTHING_WRONG, gaps: 0 });
        expect(peak).toBeLessThanOrEqual(MAX_WAITING);
        for (const clean of cleanups.splice(0).reverse()) await clean();
      }
    },
    patience(ROUNDS, 20_000),
  );

  it(`is found to cost more if its queue has no bound (seed ${seed})`, async () => {
    const { push } = SlowQueue.prototype;
    SlowQueue.prototype.push = function (item, bytes, policy) {
      (Reflect.get(this, 'slots') as Set<object>).add({ item, bytes, policy, newestOf: 0 });
      return true;
    };
    try {
      const scenario = await Scenario.open('hoarded', 'websocket', 'drop-oldest', new Random(seed));
      await scenario.starve();
      console.log(`without a bound: ${scenario.kept} (seed ${seed})`);
      expect(scenario.peak).toBeGreaterThan(MAX_WAITING);
    } finally {
      SlowQueue.prototype.push = push;
    }
  });
});
