import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  commitScript,
  refuseEffectsScript,
  settleEffectsScript,
  takeEffectsScript,
} from '../../../src/features/streams/streams.commit-scripts.js';
import {
  acknowledgeScript,
  configureGroupScript,
  deleteGroupScript,
  discardDeadLettersScript,
  extendScript,
  giveBackScript,
  readDeadLettersScript,
  readGroupScript,
  receiveScript,
  replayScript,
  seekScript,
} from '../../../src/features/streams/streams.group-scripts.js';
import {
  appendScript,
  configureStreamScript,
  readRangeScript,
  removeEntryScript,
} from '../../../src/features/streams/streams.scripts.js';
import { StreamsKeys } from '../../../src/features/streams/streams.keys.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { Keyspace } from '../../../src/redis/keyspace.js';
import type { Reply } from '../../../src/redis/decode.js';
import type { Script } from '../../../src/redis/script.js';
import { Random, seedOfRun } from '../../support/random.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { GroupModel, StreamModel } from '../../support/stream-model.js';

const SEQUENCES = 150;
const STEPS = 80;
const SEED = seedOfRun();
const CONSUMERS = ['ann', 'bob', 'eve'] as const;
const CLOCK = 'clock';

let redis: TestRedis;
let client: Redis;
let now: number;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  await client.flushall();
});

const streamsKeys = new StreamsKeys(new Keyspace(loadSettings({})));

function keyOf(name: string, group: string): string {
  const keys: Readonly<Record<string, string>> = {
    ...streamsKeys.group('default', 'orders', group),
    ...streamsKeys.outbox('default', 'orders'),
    groups: streamsKeys.groups('default', 'orders'),
    operation: streamsKeys.operation('default', 'orders', 'none'),
    watch: streamsKeys.watch('default', 'orders'),
  };
  const key = keys[name];
  if (key === undefined) throw new Error(`no key is named ${name}`);
  return key;
}

/** Runs the script that the service runs, but by the test's clock. */
async function run<Arg extends string, Result>(
  script: Script<string, Arg, Result>,
  group: string,
  args: Record<Arg, string | number>,
  rest: readonly string[] = [],
  change: (source: string) => string = (source) => source,
): Promise<Result> {
  const source = change(script.source).replaceAll(
    "redis.call('TIME')",
    `cjson.decode(redis.call('GET', '${CLOCK}'))`,
  );
  const keys = script.keys.map((name) => keyOf(name, group));
  const values = script.args.map((name) => args[name]);
  const reply: Reply = await client.eval(source, keys.length, ...keys, ...values, ...rest);
  return script.decode(reply);
}

async function setClock(ms: number): Promise<void> {
  now = ms;
  await client.set(CLOCK, JSON.stringify([String(Math.floor(ms / 1000)), String((ms % 1000) * 1000)]));
}

/** Of a request without an Idempotency-Key. */
const unkeyed = { fingerprint: '', ttlMs: 0 };
const announced = { channel: streamsKeys.changes('default', 'orders'), group: 'g' };

async function append(data: readonly string[]): Promise<string[]> {
  const answer = await run(
    appendScript,
    '',
    { ...unkeyed, channel: 'changes', incarnation: 'i', checked: '', notAfter: '' },
    data.flatMap((each) => [each, '']),
  );
  if (answer.outcome !== 'appended') throw new Error(answer.outcome);
  return answer.ids;
}

async function configureGroup(group: string, maxDeliveries: number, visibilityTimeoutMs: number) {
  await run(configureGroupScript, group, {
    incarnation: group,
    startAt: 'begin',
    maxDeliveries,
    visibilityTimeoutMs,
    defaultMaxDeliveries: 5,
    defaultVisibilityTimeoutMs: 30_000,
    group,
    maxGroups: 100,
  });
}

/** One thing that happens to a stream with two groups, in Redis and in the model, and that both say the same of it. */
async function step(
  random: Random,
  stream: StreamModel,
  groups: Record<string, GroupModel>,
): Promise<string> {
  const name = random.pick(['first', 'second']);
  const group = groups[name];
  if (group === undefined) throw new Error('no such group');
  const consumer = random.pick(CONSUMERS);
  const known = [...group.pending.keys(), ...group.letters.keys(), ...stream.entries.map(({ id }) => id)];
  const ids = Array.from({ length: 1 + random.below(3) }, () =>
    known.length === 0 ? '1-1' : (known[random.below(known.length)] ?? '1-1'),
  ).filter((id, at, all) => all.indexOf(id) === at);
  const outcomes = (of: (id: string) => string | undefined) => ids.map((id) => ({ id, refused: of(id) }));
  const kind = random.pick([
    'append',
    'append',
    'append',
    'receive',
    'receive',
    'receive',
    'receive',
    'acknowledge',
    'acknowledge',
    'commit',
    'extend',
    'give back',
    'give back',
    'remove',
    'seek',
    'replay',
    'max length',
    'wait',
    'wait',
  ] as const);
  switch (kind) {
    case 'append': {
      const data = Array.from({ length: 1 + random.below(4) }, () => String(random.below(1000)));
      const made = await append(data);
      stream.append(made.map((id, at) => ({ id, data: data[at] ?? '' })));
      break;
    }
    case 'receive': {
      const limit = 1 + random.below(4);
      const answer = await run(receiveScript, name, {
        ...unkeyed,
        consumer,
        limit,
        maxBytes: 1e6,
        forgetMs: 1e9,
      });
      const expected = group.receive(consumer, limit, now).map((each) => ({ ...each, key: undefined }));
      expect(answer).toMatchObject({ outcome: 'received', entries: expected });
      break;
    }
    case 'acknowledge': {
      const expected = outcomes((id) => group.refusal(id, consumer, now));
      expect(await run(acknowledgeScript, name, { ...unkeyed, consumer }, ids)).toEqual({
        outcome: 'done',
        replayed: false,
        rows: expected,
      });
      for (const { id, refused } of expected) if (refused === undefined) group.acknowledge(id);
      break;
    }
    case 'commit': {
      const items = ids.map((id) => {
        const standing = group.pending.get(id)?.deliveries ?? 1;
        return { id, deliveries: random.chance(0.8) ? standing : standing + 1 };
      });
      const rest = items.flatMap(({ id, deliveries }) => [id, String(deliveries), '[]']);
      const answer = await run(
        commitScript,
        name,
        { ...unkeyed, consumer, group: name, leaseMs: 1000 },
        rest,
      );
      const expected = items.map(({ id, deliveries }) => {
        const refused = group.refusal(id, consumer, now);
        const stale = group.pending.get(id)?.deliveries !== deliveries;
        return { id, refused: refused ?? (stale ? 'not-owner' : undefined) };
      });
      expect(answer).toMatchObject({ outcome: 'done', rows: expected });
      for (const { id, refused } of expected) if (refused === undefined) group.acknowledge(id);
      break;
    }
    case 'extend': {
      const expected = outcomes((id) => group.refusal(id, consumer, now));
      expect(await run(extendScript, name, { ...unkeyed, consumer }, ids)).toEqual({
        outcome: 'done',
        replayed: false,
        rows: expected,
      });
      for (const { id, refused } of expected) if (refused === undefined) group.extend(id, now);
      break;
    }
    case 'give back': {
      const expected = outcomes((id) => group.refusal(id, consumer, now));
      const delayMs = random.pick([0, 0, 50]);
      const reason = random.pick(['', 'broken']);
      const args = { ...announced, ...unkeyed, consumer, delayMs, reason };
      expect(await run(giveBackScript, name, args, ids)).toEqual({
        outcome: 'done',
        replayed: false,
        rows: expected,
      });
      for (const { id, refused } of expected) {
        if (refused === undefined) group.giveBack(id, delayMs, reason, now);
      }
      break;
    }
    case 'remove': {
      const [id = '1-1'] = ids;
      const answer = await run(removeEntryScript, '', { id });
      expect(answer.outcome).toBe(stream.remove(id) ? 'removed' : 'absent');
      break;
    }
    case 'seek': {
      const to = random.pick(['begin', 'now', ids[0] ?? '1-1', stream.entries[0]?.id ?? '1-1']);
      await run(seekScript, name, { ...announced, ...unkeyed, to, maxConsumers: 10 });
      group.seek(to);
      group.burySpent(now);
      break;
    }
    case 'replay': {
      const all = random.chance(0.3);
      const chosen = all ? group.deadLetters().map(({ id }) => id) : ids;
      const rows = chosen.map((id) => ({ id, refused: group.replay(id, now) }));
      const answer = await run(replayScript, name, { ...announced, ...unkeyed, limit: 1000 }, all ? [] : ids);
      expect(answer).toEqual({ outcome: 'done', replayed: false, rows });
      break;
    }
    case 'max length': {
      stream.maxLength = random.pick([2, 5, 10, Infinity]);
      stream.trim();
      const setting = stream.maxLength === Infinity ? '' : String(stream.maxLength);
      await run(configureStreamScript, '', { incarnation: 'i' }, ['maxLength', setting]);
      break;
    }
    case 'wait':
      await setClock(now + random.pick([1, 30, 99, 100, 200]));
      break;
  }
  return `${kind} ${name}`;
}

async function compare(name: string, group: GroupModel): Promise<void> {
  const answer = await run(readGroupScript, name, { maxConsumers: 10 });
  if (answer.outcome !== 'group') throw new Error(answer.outcome);
  group.burySpent(now);
  const { lag, pending, deadLetters, consumers } = answer.now;
  expect({ lag, pending, deadLetters }).toEqual({
    lag: group.lag,
    pending: group.pending.size,
    deadLetters: group.letters.size,
  });
  for (const { consumer, pending: held } of consumers) expect(held, consumer).toBe(group.heldBy(consumer));
  const letters = await run(readDeadLettersScript, name, {
    after: '',
    limit: 1000,
    maxBytes: 1e6,
    incarnation: '',
  });
  expect(letters).toEqual({
    outcome: 'letters',
    letters: group.deadLetters().map((letter) => ({ ...letter, place: expect.any(String) as string })),
    more: false,
    incarnation: name,
  });
}

describe(`streams, seed ${SEED}`, () => {
  it(`give what a plain model gives, lag counted one by one, over ${SEQUENCES} sequences of ${STEPS} steps`, async () => {
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const random = new Random(SEED * 100_000 + sequence);
      await client.flushall();
      await setClock(Date.now());
      const stream = new StreamModel();
      const first = await append(['0']);
      stream.append(first.map((id) => ({ id, data: '0' })));
      const groups = { first: new GroupModel(stream, 2, 100), second: new GroupModel(stream, 3, 150) };
      await configureGroup('first', 2, 100);
      await configureGroup('second', 3, 150);
      const done: string[] = [];
      try {
        for (let at = 0; at < STEPS; at++) {
          done.push(await step(random, stream, groups));
          await compare('first', groups.first);
          await compare('second', groups.second);
        }
      } catch (error) {
        throw new Error(`sequence ${sequence} of seed ${SEED}: ${done.join(', ')}`, { cause: error });
      }
    }
  }, 180_000);

  it('keep the effects of a commit until they were applied and their records may go', async () => {
    await setClock(Date.now());
    const [id = ''] = await append(['1']);
    await configureGroup('first', 2, 100);
    await run(receiveScript, 'first', {
      ...unkeyed,
      consumer: 'ann',
      limit: 1,
      maxBytes: 1e6,
      forgetMs: 1e9,
    });
    const args = { ...unkeyed, consumer: 'ann', group: 'first', leaseMs: 1000 };
    const committed = await run(commitScript, 'first', args, [id, '1', '["effect"]']);
    if (committed.outcome !== 'done') throw new Error(committed.outcome);
    const [{ commit = '' } = {}] = committed.rows;
    expect(commit).not.toBe('');
    expect(await run(commitScript, 'first', args, [id, '1', '["effect"]'])).toMatchObject({
      rows: [{ id, refused: 'not-pending', commit: undefined }],
    });

    const take = () => run(takeEffectsScript, 'first', { leaseMs: 1000, limit: 10 });
    expect(await take()).toMatchObject({ commits: [], left: 1 });
    await setClock(now + 1000);
    const written = { commit, group: 'first', id, deliveries: 1, effects: '["effect"]', applied: false };
    expect(await take()).toMatchObject({ commits: [written], left: 1 });
    expect(await take()).toMatchObject({ commits: [], left: 1 });
    expect(await run(settleEffectsScript, 'first', { state: 'applied' }, [commit])).toBe(1);
    await setClock(now + 1000);
    expect(await take()).toMatchObject({ commits: [{ ...written, applied: true }], left: 1 });
    expect(await run(settleEffectsScript, 'first', { state: 'done' }, [commit])).toBe(0);
    expect(await run(settleEffectsScript, 'first', { state: 'applied' }, [commit])).toBe(0);
    expect(await take()).toMatchObject({ commits: [], left: 0 });
  });

  it('leave a pending entry to whoever has it when an older dead letter of it is put back', async () => {
    await setClock(Date.now());
    const [id = ''] = await append(['1']);
    await configureGroup('first', 1, 100);
    const receive = { ...unkeyed, consumer: 'ann', limit: 1, maxBytes: 1e6, forgetMs: 1e9 };
    await run(receiveScript, 'first', receive);
    await setClock(now + 100);
    await run(receiveScript, 'first', receive);
    await run(seekScript, 'first', { ...announced, ...unkeyed, to: 'begin', maxConsumers: 10 });
    await run(receiveScript, 'first', receive);
    const replay = () => run(replayScript, 'first', { ...announced, ...unkeyed, limit: 10 }, [id]);
    expect(await replay()).toEqual({
      outcome: 'done',
      replayed: false,
      rows: [{ id, refused: 'pending' }],
    });
    expect(await run(acknowledgeScript, 'first', { ...unkeyed, consumer: 'ann' }, [id])).toMatchObject({
      rows: [{ id, refused: undefined }],
    });
    expect(await replay()).toEqual({
      outcome: 'done',
      replayed: false,
      rows: [{ id, refused: undefined }],
    });
  });

  it('keep a refused effect as a dead letter until it is discarded, and nothing of a deleted group', async () => {
    await setClock(Date.now());
    const [id = ''] = await append(['1']);
    await configureGroup('first', 2, 100);
    await run(refuseEffectsScript, 'first', { id, reason: 'overflow', deliveries: 2 });
    const page = { after: '', limit: 10, maxBytes: 1e6, incarnation: '' };
    expect(await run(readDeadLettersScript, 'first', page)).toMatchObject({
      letters: [{ id, data: '1', reason: 'overflow', deliveries: 2 }],
    });
    expect(await run(discardDeadLettersScript, 'first', { limit: 10 }, [id, '1-1'])).toEqual({
      outcome: 'discarded',
      discarded: 1,
      left: 0,
    });
    await run(refuseEffectsScript, 'first', { id, reason: 'overflow', deliveries: 2 });
    await run(receiveScript, 'first', {
      ...unkeyed,
      consumer: 'ann',
      limit: 1,
      maxBytes: 1e6,
      forgetMs: 1e9,
    });
    expect(await run(deleteGroupScript, 'first', { group: 'first' })).toEqual({ outcome: 'deleted' });
    expect(await run(deleteGroupScript, 'first', { group: 'first' })).toEqual({ outcome: 'no-group' });
    const left = [keyOf('info', 'first'), keyOf('entries', 'first'), CLOCK];
    expect((await client.keys('*')).sort()).toEqual(left.sort());
  });

  it('show ranges in both orders, page by page, and nothing of another stream of the same name', async () => {
    await setClock(Date.now());
    const ids = await append(Array.from({ length: 120 }, (_each, at) => String(at)));
    const range = async (order: string, from: string, to: string, incarnation = '') => {
      const args = { from, to, order, limit: 100, maxBytes: 1e6, incarnation };
      const answer = await run(readRangeScript, '', args);
      return answer.outcome === 'range'
        ? [answer.entries.map((entry) => entry.id), answer.more]
        : answer.outcome;
    };
    expect(await range('asc', '-', '+')).toEqual([ids.slice(0, 100), true]);
    expect(await range('asc', `(${ids[99]}`, '+', 'i')).toEqual([ids.slice(100), false]);
    expect(await range('desc', '-', `(${ids[20]}`)).toEqual([ids.slice(0, 20).reverse(), false]);
    expect(await range('asc', '-', '+', 'other')).toBe('stale');
    const small = { from: '-', to: '+', order: 'asc', limit: 100, maxBytes: 1, incarnation: '' };
    expect(await run(readRangeScript, '', small)).toMatchObject({ entries: [{ id: ids[0] }], more: true });
  });

  it('forget a consumer that asks for nothing, and keep one that has something, with what it has', async () => {
    await setClock(Date.now());
    const [id = ''] = await append(['1']);
    await configureGroup('first', 2, 100_000);
    const receive = { ...unkeyed, limit: 1, maxBytes: 1e6, forgetMs: 1000 };
    await run(receiveScript, 'first', { ...receive, consumer: 'ann' });
    await run(receiveScript, 'first', { ...receive, consumer: 'bob' });
    await setClock(now + 1000);
    await run(receiveScript, 'first', { ...receive, consumer: 'eve' });
    const group = await run(readGroupScript, 'first', { maxConsumers: 10 });
    expect(group).toMatchObject({
      now: {
        pending: 1,
        consumers: [
          { consumer: 'eve', idleMs: 0, pending: 0 },
          { consumer: 'ann', idleMs: 1000, pending: 1 },
        ],
      },
    });
    expect(await run(acknowledgeScript, 'first', { ...unkeyed, consumer: 'ann' }, [id])).toMatchObject({
      rows: [{ id, refused: undefined }],
    });
  });

  it('would be caught if an expired delivery could be acknowledged', async () => {
    await setClock(Date.now());
    const [id = ''] = await append(['1']);
    await configureGroup('first', 2, 100);
    await run(receiveScript, 'first', {
      ...unkeyed,
      consumer: 'ann',
      limit: 1,
      maxBytes: 1e6,
      forgetMs: 1e9,
    });
    await setClock(now + 100);
    const refused = await run(acknowledgeScript, 'first', { ...unkeyed, consumer: 'ann' }, [id]);
    expect(refused).toEqual({ outcome: 'done', replayed: false, rows: [{ id, refused: 'expired' }] });
    const broken = (source: string) => source.replace('<= now then return nil', '< 0 then return nil');
    const accepted = await run(acknowledgeScript, 'first', { ...unkeyed, consumer: 'ann' }, [id], broken);
    expect(accepted).toEqual({ outcome: 'done', replayed: false, rows: [{ id, refused: undefined }] });
  });
});
