import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/load-settings.js';
import { MessagingKeys } from '../../../src/features/messaging/messaging.keys.js';
import {
  configureScript,
  publishScript,
  readHistoryScript,
  readSinceScript,
} from '../../../src/features/messaging/messaging.scripts.js';
import { Keyspace } from '../../../src/redis/keyspace.js';
import type { Reply } from '../../../src/redis/decode.js';
import type { Script } from '../../../src/redis/script.js';
import { Random, seedOfRun } from '../../support/random.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';

const SEED = seedOfRun();
const SEQUENCES = 60;
const STEPS = 60;

let redis: TestRedis;
let client: Redis;
let names = 0;
let now = 1_000_000;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client?.disconnect();
  await redis?.stop();
});

const settings = loadSettings({});
const keys = new MessagingKeys(new Keyspace(settings), settings);

/** One channel, on which the scripts of the service run by the test's clock. */
class Channel {
  private readonly name = `channel${names++}`;

  async run<Arg extends string, Result>(
    script: Script<string, Arg, Result>,
    args: Record<Arg, string | number>,
    rest: readonly (string | number)[] = [],
  ): Promise<Result> {
    const named: Readonly<Record<string, string>> = {
      ...keys.channel('default', this.name),
      operation: keys.operation('default', this.name, 'none'),
    };
    const clock = `local real = redis.call\nlocal redis = setmetatable({ call = function(name, ...) if name == 'TIME' then return { '${Math.floor(now / 1000)}', '${(now % 1000) * 1000}' } end return real(name, ...) end }, { __index = redis })\n`;
    const source = clock + script.source;
    const values = [
      ...script.keys.map((key) => named[key] ?? ''),
      ...script.args.map((arg) => args[arg]),
      ...rest,
    ];
    const reply: Reply = await client.eval(source, script.keys.length, ...values);
    return script.decode(reply);
  }

  async publish(...bodies: readonly string[]) {
    const result = await this.run(
      publishScript,
      { fingerprint: '', ttlMs: 0, notAfter: '', epoch: `e${names++}`, sharded: '', topic: 'topic' },
      bodies,
    );
    if (result.outcome !== 'published') throw new Error(result.outcome);
    return result;
  }

  async configure(historySize: number, historyTtlMs: number): Promise<void> {
    await this.run(configureScript, { sharded: '', topic: 'topic', notice: '!' }, [
      'historySize',
      historySize,
      'historyTtlMs',
      historyTtlMs,
    ]);
  }

  async since(from: 'now' | 'position' | 'instant', place: Partial<Place> = {}) {
    const found = await this.run(readSinceScript, {
      freshEpoch: `e${names++}`,
      from,
      epoch: place.epoch ?? '',
      offset: place.offset ?? '',
      at: place.at ?? '',
      limit: 1000,
      maxBytes: 1_000_000,
    });
    if (found === undefined) throw new Error('nothing was found');
    return found;
  }

  async wipe(): Promise<void> {
    const { info, history } = keys.channel('default', this.name);
    await client.del(info, history);
  }

  /** What a server that loses its last writes goes back to. */
  async snapshot(): Promise<() => Promise<void>> {
    const { info, history } = keys.channel('default', this.name);
    const dumps = await Promise.all([info, history].map((key) => client.dumpBuffer(key)));
    return async () => {
      for (const [at, key] of [info, history].entries()) {
        const dump = dumps[at];
        if (dump) await client.restore(key, 0, dump, 'REPLACE');
        else await client.del(key);
      }
    };
  }
}

interface Place {
  readonly epoch: string;
  readonly offset: number;
  readonly at: number;
}

describe('a channel’s scripts', () => {
  it('give offsets without holes, one epoch, and the instant of Redis', async () => {
    const channel = new Channel();
    const first = await channel.publish('"data":1');
    const next = await channel.publish('"data":2', '"data":3');
    expect(first).toMatchObject({ firstOffset: 1, lastOffset: 1, at: now, indexed: false, replayed: false });
    expect(next).toMatchObject({ epoch: first.epoch, firstOffset: 2, lastOffset: 3 });
    const found = await channel.since('instant', { at: 0 });
    expect(found.messages).toEqual([1, 2, 3].map((n) => ({ offset: n, at: now, body: `"data":${n}` })));
    expect(found.standing).toEqual({ epoch: first.epoch, offset: 3, at: now });
  });

  it('keep what the settings say, by number and by age, and no message before its predecessor', async () => {
    const channel = new Channel();
    await channel.configure(3, 1000);
    await channel.publish('"data":1', '"data":2', '"data":3', '"data":4');
    expect((await channel.since('instant', { at: 0 })).messages.map(({ offset }) => offset)).toEqual([
      2, 3, 4,
    ]);
    now += 600;
    await channel.publish('"data":5');
    now += 600;
    expect((await channel.since('instant', { at: 0 })).messages.map(({ offset }) => offset)).toEqual([5]);
    now -= 10_000;
    const { at } = await channel.publish('"data":6');
    expect(at).toBe(now + 10_000 - 600);
    now += 10_000;
  });

  it('show the history from either end, between bounds', async () => {
    const channel = new Channel();
    await channel.publish(...Array.from({ length: 120 }, (_, n) => `"data":${n + 1}`));
    const page = async (order: string, after: number, before: number | '', limit: number) => {
      const found = await channel.run(readHistoryScript, {
        order,
        after,
        before,
        limit,
        maxBytes: 1_000_000,
      });
      return [found.messages.map(({ offset }) => offset), found.more];
    };
    expect(await page('asc', 0, '', 3)).toEqual([[1, 2, 3], true]);
    expect(await page('asc', 117, '', 3)).toEqual([[118, 119, 120], false]);
    expect(await page('desc', 0, '', 2)).toEqual([[120, 119], true]);
    expect(await page('desc', 2, 5, 10)).toEqual([[4, 3], false]);
    expect((await page('asc', 0, '', 1000))[0]).toHaveLength(120);
    const small = await channel.run(readHistoryScript, {
      order: 'asc',
      after: 0,
      before: '',
      limit: 10,
      maxBytes: 1,
    });
    expect(small.messages).toHaveLength(1);
    expect(small.more).toBe(true);
  });

  it('make no channel for somebody who only looks', async () => {
    const channel = new Channel();
    const args = { freshEpoch: '', from: 'now', epoch: '', offset: '', at: '', limit: 0, maxBytes: 0 };
    expect(await channel.run(readSinceScript, args)).toBeUndefined();
    expect(await channel.run(readSinceScript, { ...args, freshEpoch: 'e' })).toMatchObject({
      standing: { epoch: 'e', offset: 0, at: now },
      messages: [],
    });
    expect(await channel.run(readSinceScript, args)).toMatchObject({ standing: { epoch: 'e', offset: 0 } });
  });

  it(`account for each message after a place: given, or told as missing (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    let told = 0;
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const channel = new Channel();
      await channel.configure(random.below(12), 1000);
      /** All messages of the present history, by offset, and the places that a subscriber may come back with. */
      let truth: { body: string; at: number }[] = [];
      let epoch = (await channel.since('now')).standing.epoch;
      const places: { readonly place: Place; readonly body: string | undefined }[] = [];
      let saved: { readonly back: () => Promise<void>; readonly length: number } | undefined;
      for (let step = 0; step < STEPS; step++) {
        now += random.below(150);
        const what = random.next();
        if (what < 0.5) {
          const bodies = Array.from({ length: 1 + random.below(4) }, () => `"data":${names++}`);
          const { at } = await channel.publish(...bodies);
          for (const body of bodies) {
            truth.push({ body, at });
            places.push({ place: { epoch, offset: truth.length, at }, body });
          }
        } else if (what < 0.54) {
          await channel.wipe();
          truth = [];
          saved = undefined;
          epoch = (await channel.since('now')).standing.epoch;
        } else if (what < 0.58) {
          saved = { back: await channel.snapshot(), length: truth.length };
        } else if (what < 0.6 && saved !== undefined) {
          await saved.back();
          truth = truth.slice(0, saved.length);
        } else if (places.length > 0) {
          const { place, body } = places[random.below(places.length)] ?? { place: undefined, body: '' };
          if (place === undefined) continue;
          const found = await channel.since('position', place);
          const held = truth[place.offset - 1];
          const isGood = place.epoch === epoch && held?.body === body && held?.at === place.at;
          const upTo = found.missedUpTo ?? (isGood ? place.offset : -1);
          told += found.missedUpTo === undefined ? 0 : 1;
          // Two messages that took each other's place in the same millisecond are not told apart; no test clock has that.
          expect(upTo, 'a place that is not in the history is told').toBeGreaterThanOrEqual(0);
          expect(found.messages.map((message) => message.body)).toEqual(
            truth.slice(upTo).map((message) => message.body),
          );
          if (isGood && found.missedUpTo !== undefined) {
            // Nothing that is kept is told as missing.
            expect(found.missedUpTo).toBeGreaterThan(place.offset);
            expect(truth.length - found.messages.length).toBe(found.missedUpTo);
          }
          const instant = place.at;
          const after = await channel.since('instant', { at: instant });
          const from = after.missedUpTo ?? truth.findIndex(({ at }) => at > instant);
          const expected = from === -1 ? [] : truth.slice(from);
          expect(after.messages.map((message) => message.body)).toEqual(
            expected.map((message) => message.body),
          );
        }
      }
    }
    expect(told).toBeGreaterThan(50);
  });
});
