import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamsKeys } from '../../src/features/streams/streams.keys.js';
import { StreamUser, idsOf, pluck } from '../e2e/streams/harness.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { patience, sized } from './sizes.js';

const ROUNDS = sized(20, 200);
const AT_ONCE = 10;
const TENANT = 'default';

let node: TestService;
let redis: Redis;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  const server = await startRedis();
  cleanups.push(() => server.stop());
  node = await startService({ REDIS_URL: server.url });
  cleanups.push(() => node.stop());
  redis = new Redis(server.url);
  cleanups.push(() => redis.disconnect());
});

afterAll(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** A consumer that received entries and slept for longer than it had them. */
class Sleeper {
  private readonly keys;

  private constructor(
    readonly user: StreamUser,
    readonly ids: readonly string[],
    private readonly random: Random,
  ) {
    this.keys = node.application.nest.get(StreamsKeys).group(TENANT, user.stream, user.group);
  }

  static async of(stream: string, random: Random): Promise<Sleeper> {
    const user = new StreamUser(node, stream);
    const ids = await user.append(...Array.from({ length: 1 + random.below(5) }, (_, at) => at));
    await user.configure({ visibilityTimeoutMs: 100 });
    expect(idsOf(await user.receive('sleeper'))).toEqual(ids);
    // Whoever has the entries next keeps them for as long as this test takes.
    await user.configure({ visibilityTimeoutMs: 3_600_000 });
    const sleeper = new Sleeper(user, ids, random);
    await waitUntil('the time of the sleeper is over', () => sleeper.isLate());
    return sleeper;
  }

  /** What the group knows of the entries: who has each, how often it was delivered, until when it is hidden. */
  async books(): Promise<unknown> {
    const { pending, deliveries, held, dead } = this.keys;
    return {
      pending: await redis.zrange(pending, 0, -1, 'WITHSCORES'),
      deliveries: await redis.hgetallBuffer(deliveries),
      held: await redis.hgetall(held),
      dead: await redis.zcard(dead),
    };
  }

  /** Tries all that a consumer can do with what it has, in any order, and gives the reasons why it may not. */
  async tryAll(): Promise<Set<unknown>> {
    const reasons = new Set<unknown>();
    const left = ['ack', 'nack', 'extend', 'commit'];
    while (left.length > 0) {
      const [what = ''] = left.splice(this.random.below(left.length), 1);
      const answer = await this.end(what, 'sleeper', 1, 1000);
      expect(answer.body).toMatchObject({ refused: this.ids.map((id) => ({ id })) });
      for (const reason of pluck(answer.body.refused, 'reason')) reasons.add(reason);
    }
    return reasons;
  }

  /** Ends the delivery of every entry; a commit adds `score` for each. */
  end(what: string, consumer: string, deliveries: number, score: number) {
    if (what !== 'commit') return this.user.call(what, { consumer, ids: this.ids });
    const add = {
      kind: 'leaderboards.submit',
      board: this.user.stream,
      member: 'sum',
      operator: 'increment',
    };
    const items = this.ids.map((id) => ({ id, deliveries, effects: [{ ...add, score }] }));
    return this.user.call('commit', { consumer, items });
  }

  async sum(): Promise<number> {
    const answer = await node.admin.get(`/v1/leaderboards/${this.user.stream}/entries/sum`);
    return answer.status === 404 ? 0 : Number(answer.body.score);
  }

  private async isLate(): Promise<boolean> {
    const [seconds, micros] = await redis.time();
    const last = (await redis.zrange(this.keys.pending, -1, -1, 'WITHSCORES'))[1];
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) >= Number(last);
  }
}

/** What the sleeper finds when it wakes, and what it is told then. */
const situations = {
  /** Nobody has taken the entries, and whoever does gets them as their second delivery. */
  untaken: async (sleeper: Sleeper) => {
    const before = await sleeper.books();
    expect(await sleeper.tryAll()).toEqual(new Set(['expired']));
    expect(await sleeper.books()).toEqual(before);
    await situations.taken(sleeper);
  },
  /** A successor has them; what it does with them is accepted. */
  taken: async (sleeper: Sleeper) => {
    await receiveAgain(sleeper, 'successor');
    const before = await sleeper.books();
    expect(await sleeper.tryAll()).toEqual(new Set(['not-owner']));
    expect(await sleeper.books()).toEqual(before);
    const extended = await sleeper.end('extend', 'successor', 2, 1);
    expect(extended.body).toEqual({ extended: sleeper.ids.length, refused: [] });
    const done = await sleeper.end('commit', 'successor', 2, 1);
    expect(done.body).toEqual({ acknowledged: sleeper.ids.length, refused: [] });
    expect(await sleeper.sum()).toBe(sleeper.ids.length);
  },
  /** A successor has given them back, and nobody else has them yet. */
  returned: async (sleeper: Sleeper) => {
    await receiveAgain(sleeper, 'successor');
    await sleeper.user.call('nack', { consumer: 'successor', ids: sleeper.ids, delayMs: 3_600_000 });
    const before = await sleeper.books();
    expect(await sleeper.tryAll()).toEqual(new Set(['not-owner']));
    expect(await sleeper.books()).toEqual(before);
    expect(await sleeper.sum()).toBe(0);
  },
  /** A successor has acknowledged them, which was accepted. */
  finished: async (sleeper: Sleeper) => {
    await receiveAgain(sleeper, 'successor');
    const done = await sleeper.end('ack', 'successor', 2, 1);
    expect(done.body).toEqual({ acknowledged: sleeper.ids.length, refused: [] });
    const before = await sleeper.books();
    expect(await sleeper.tryAll()).toEqual(new Set(['not-pending']));
    expect(await sleeper.books()).toEqual(before);
    expect(await sleeper.sum()).toBe(0);
  },
  /** Another process of the same name has them: a commit says of which delivery it is. */
  namesake: async (sleeper: Sleeper) => {
    await receiveAgain(sleeper, 'sleeper');
    const before = await sleeper.books();
    const late = await sleeper.end('commit', 'sleeper', 1, 1000);
    expect(new Set(pluck(late.body.refused, 'reason'))).toEqual(new Set(['not-owner']));
    expect(await sleeper.books()).toEqual(before);
    const done = await sleeper.end('commit', 'sleeper', 2, 1);
    expect(done.body).toEqual({ acknowledged: sleeper.ids.length, refused: [] });
    expect(await sleeper.sum()).toBe(sleeper.ids.length);
  },
};

async function receiveAgain({ user, ids }: Sleeper, consumer: string): Promise<void> {
  const { body } = await user.receive(consumer);
  expect(body.entries).toMatchObject(ids.map((id) => ({ id, deliveries: 2 })));
}

const seed = seedOfRun();

describe('a consumer that sleeps past its visibility timeout', () => {
  it(
    `changes nothing any more, and its successor all that it may (seed ${seed})`,
    async () => {
      const names = Object.keys(situations) as (keyof typeof situations)[];
      const counts = new Map<string, number>();
      const round = async (at: number) => {
        const situation = names[at % names.length] ?? 'untaken';
        await situations[situation](await Sleeper.of(`slept-${at}`, new Random(seed + at)));
        counts.set(situation, (counts.get(situation) ?? 0) + 1);
      };
      for (let at = 0; at < ROUNDS; at += AT_ONCE) {
        const rounds = Array.from({ length: Math.min(AT_ONCE, ROUNDS - at) }, (_, more) => round(at + more));
        await Promise.all(rounds);
      }
      const told = [...counts].map(([situation, times]) => `${times} ${situation}`).join(', ');
      console.log(`0 late requests accepted of ${ROUNDS} late consumers (${told}; seed ${seed})`);
      expect(new Set(counts.keys())).toEqual(new Set(names));
    },
    patience(ROUNDS, 2000),
  );
});
