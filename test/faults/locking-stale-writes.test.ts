import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pluck } from '../e2e/streams/harness.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { type Client, clientHere, ClientProcess, type Posted } from './locking-stale-writes-clients.js';
import { patience, sized } from './sizes.js';

const WAITING = sized(48, 400);
const PROCESSES = sized(2, 16);
const LOCKS_A_PROCESS = 8;
const UNFENCED = sized(16, 64);
const AT_ONCE = 24;

const KINDS = ['board', 'stream', 'channel'] as const;
type Kind = (typeof KINDS)[number];

let service: TestService;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  service = await startService({ REDIS_URL: redis.serviceUrl, REDIS_TIMEOUT_MS: '20000' });
  cleanups.push(() => service.stop());
});

const processes: ClientProcess[] = [];

afterEach(async () => {
  for (const each of processes.splice(0)) await each.stop();
});

afterAll(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** How each kind of target is written to, and where what was written is seen. */
const targets: Readonly<
  Record<
    Kind,
    {
      readonly path: (name: string) => string;
      readonly body: (label: string) => object;
      readonly seen: (name: string) => Promise<unknown[]>;
    }
  >
> = {
  board: {
    path: (name) => `/v1/leaderboards/${name}/submissions`,
    body: (label) => ({ member: label, score: 1 }),
    seen: async (name) => pluck((await read(`/v1/leaderboards/${name}/entries`)).body.items, 'member'),
  },
  stream: {
    path: (name) => `/v1/streams/${name}/entries`,
    body: (label) => ({ data: label }),
    seen: async (name) => pluck((await read(`/v1/streams/${name}/entries`)).body.items, 'data'),
  },
  channel: {
    path: (name) => `/v1/channels/${name}/messages`,
    body: (label) => ({ data: label }),
    seen: async (name) => pluck((await read(`/v1/channels/${name}/messages`)).body.items, 'data'),
  },
};

async function read(path: string) {
  const answer = await service.admin.get(path);
  expect(answer.status, path).toBe(200);
  return answer;
}

/** What became of stale writes. */
class Tally {
  stale = 0;
  accepted = 0;
  /** Stale writes that the state of their targets shows. */
  shown = 0;
  /** Writes of successors that stand. */
  standing = 0;
  readonly byKind: Record<Kind, number> = { board: 0, stream: 0, channel: 0 };
  readonly wrong: string[] = [];
}

let made = 0;

/** A target that is to be written to under a lock alone. */
class Guarded {
  readonly name: string;
  private readonly resource: string;
  private readonly written: string[] = [];

  constructor(
    private readonly kind: Kind,
    private readonly isFenced: boolean,
  ) {
    this.name = `guarded-${++made}`;
    this.resource = `writer-of:${this.name}`;
  }

  async lock(client: Client, ttlMs: number, waitMs = 0): Promise<number> {
    for (;;) {
      const { status, body } = await client.post('/v1/locks', { resources: [this.resource], ttlMs, waitMs });
      if (status === 201) return Number(body.fencingToken);
      // On a busy machine a short lock may be over before it could be answered.
      if (status !== 503) throw new Error(`${this.resource} was not locked: ${JSON.stringify(body)}`);
    }
  }

  /** A write under a lock that is its client's own, which has to succeed. */
  async write(client: Client, token: number, label: string): Promise<void> {
    const { status, body } = await this.send(client, token, label);
    if (status >= 300) throw new Error(`${label} was refused: ${JSON.stringify(body)}`);
    this.written.push(label);
  }

  /** A write of a client that once had the lock; the state is looked at with `judge`. */
  async writeStale(client: Client, token: number, tally: Tally): Promise<void> {
    const { status, body } = await this.send(client, token, 'stale');
    tally.stale++;
    tally.byKind[this.kind]++;
    if (status < 300) tally.accepted++;
    else if (status !== 412 || body.code !== 'fence.stale')
      tally.wrong.push(`${status} ${JSON.stringify(body)}`);
  }

  /** Compares the target with what was written under a lock. */
  async judge(tally: Tally): Promise<void> {
    const seen = await targets[this.kind].seen(this.name);
    if (seen.includes('stale')) tally.shown++;
    const expected = [...this.written].sort();
    const others = seen.filter((label) => label !== 'stale').sort();
    if (JSON.stringify(others) !== JSON.stringify(expected))
      tally.wrong.push(`${this.name} shows ${others.join()} in place of ${expected.join()}`);
    tally.standing += others.filter((label) => String(label).startsWith('successor')).length;
  }

  private send(client: Client, token: number, label: string): Promise<Posted> {
    const { path, body } = targets[this.kind];
    const headers = this.isFenced ? { fence: `${this.resource}=${token}` } : undefined;
    return client.post(path(this.name), body(label), headers);
  }
}

/** Whoever comes next gets the lock once its time is up, and writes. */
async function succeed(target: Guarded, than: number): Promise<() => Promise<void>> {
  const here = clientHere(service.admin);
  const token = await target.lock(here, 60_000, 30_000);
  expect(token).toBeGreaterThan(than);
  await target.write(here, token, 'successor-1');
  return () => target.write(here, token, 'successor-2');
}

/** A holder that does something else for longer than it has the lock, and writes when somebody else has it. */
async function oneThatWaits(target: Guarded, random: Random, tally: Tally): Promise<void> {
  const holder = clientHere(service.admin);
  const token = await target.lock(holder, 200 + random.below(300));
  const isWriting = random.chance(0.5);
  const pauseMs = random.below(100);
  if (isWriting) await target.write(holder, token, 'holder');
  const goOn = await succeed(target, token);
  await pause(pauseMs);
  await target.writeStale(holder, token, tally);
  await goOn();
  await target.judge(tally);
}

/** A process with several locks that is frozen, and writes under all of them when it runs again. */
async function oneThatIsFrozen(guarded: readonly Guarded[], random: Random, tally: Tally): Promise<void> {
  const holder = new ClientProcess(service.url);
  processes.push(holder);
  const tokens = await Promise.all(guarded.map((target) => target.lock(holder, 300 + random.below(300))));
  holder.freeze();
  const next = await Promise.all(guarded.map((target, at) => succeed(target, tokens[at] ?? 0)));
  // It reaches its writes when it runs again, and not before.
  const writes = guarded.map((target, at) => target.writeStale(holder, tokens[at] ?? 0, tally));
  await pause(random.below(100));
  holder.thaw();
  await Promise.all(writes);
  for (const goOn of next) await goOn();
  for (const target of guarded) await target.judge(tally);
  await holder.stop();
}

/** Lets `many` holders that wait, and `frozen` processes, write too late; each kind of target in turn. */
async function campaign(many: number, frozen: number, isFenced: boolean, random: Random): Promise<Tally> {
  const tally = new Tally();
  const target = (at: number) => new Guarded(KINDS[at % KINDS.length] ?? 'board', isFenced);
  for (let from = 0; from < many; from += AT_ONCE) {
    const part = Array.from({ length: Math.min(AT_ONCE, many - from) }, (_each, at) => target(from + at));
    await Promise.all(part.map((each) => oneThatWaits(each, random, tally)));
  }
  for (let at = 0; at < frozen; at++) {
    const guarded = Array.from({ length: LOCKS_A_PROCESS }, (_each, number) => target(at + number));
    await oneThatIsFrozen(guarded, random, tally);
  }
  return tally;
}

const told = ({ stale, accepted, shown, standing, byKind }: Tally, frozen: number, seed: number) =>
  `${accepted} of ${stale} stale writes accepted (${byKind.board} to boards, ${byKind.stream} to streams, ` +
  `${byKind.channel} to channels; ${frozen * LOCKS_A_PROCESS} of processes that were frozen), ${shown} seen, ` +
  `${standing} writes of successors stand (seed ${seed})`;

const seed = seedOfRun();

describe('holders that were paused for longer than they had their locks', () => {
  it(
    `write nothing any more with their fencing tokens (seed ${seed})`,
    async () => {
      const tally = await campaign(WAITING, PROCESSES, true, new Random(seed));
      console.log(told(tally, PROCESSES, seed));
      const stale = WAITING + PROCESSES * LOCKS_A_PROCESS;
      expect(tally).toMatchObject({ stale, accepted: 0, shown: 0, standing: 2 * stale, wrong: [] });
    },
    patience(WAITING + PROCESSES * LOCKS_A_PROCESS, 500),
  );

  it(
    `are found to write without them (seed ${seed})`,
    async () => {
      const tally = await campaign(UNFENCED, 1, false, new Random(seed));
      console.log(`without a fence: ${told(tally, 1, seed)}`);
      const stale = UNFENCED + LOCKS_A_PROCESS;
      expect(tally).toMatchObject({ stale, accepted: stale, shown: stale, wrong: [] });
    },
    patience(UNFENCED + LOCKS_A_PROCESS, 500),
  );
});
