import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEncryptionKeys } from '../../../src/config/setting-validators.js';
import { KeyRing } from '../../../src/encryption/key-ring.js';
import { ResealTally, SealedValues } from '../../../src/encryption/sealed-values.js';
import { LeaderboardIndexes } from '../../../src/features/leaderboards/leaderboards.indexes.js';
import { LeaderboardKeys } from '../../../src/features/leaderboards/leaderboards.keys.js';
import { EntryMetadata } from '../../../src/features/leaderboards/leaderboards.metadata.js';
import { MetadataResealing } from '../../../src/features/leaderboards/leaderboards.resealing.js';
import { SessionBuckets } from '../../../src/features/sessions/sessions.buckets.js';
import { SessionKeys } from '../../../src/features/sessions/sessions.keys.js';
import { SessionResealing } from '../../../src/features/sessions/sessions.resealing.js';
import { SessionVault } from '../../../src/features/sessions/sessions.vault.js';
import { RedisGateway } from '../../../src/redis/redis-gateway.js';
import type { Script } from '../../../src/redis/script.js';
import { type ScriptCall, ScriptRunner } from '../../../src/redis/script-runner.js';
import type { ApiClient } from '../../support/api-client.js';
import { beginReseal, reseal, type ResealRun } from '../../support/reseal-command.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import {
  beginSessions,
  damaged,
  keysInUse,
  newKey,
  patch,
  type PatchedSession,
  placeOfBox,
} from './sealed-world.js';

const [A, B, C] = [newKey('A'), newKey('B'), newKey('C')] as const;
const CANARY = `canary-${randomUUID()}`;
const SESSIONS_HELD = 1500;
const ENTRIES_HELD = 200;

let topology: Topology;
const services: TestService[] = [];

const start = async (keys: string): Promise<TestService> => {
  const settings = { ...topology.settings, SESSION_KEYS: keys, ENCRYPT_AT_REST: 'on' };
  const service = await startService(settings);
  services.push(service);
  return service;
};

const stop = async (service: TestService) => {
  services.splice(services.indexOf(service), 1);
  await service.stop();
};

const command = (keys: string) => ({ ...topology.settings, SESSION_KEYS: keys, ENCRYPT_AT_REST: 'on' });

beforeAll(async () => {
  topology = await startTopology();
});

afterAll(async () => {
  for (const service of services) await service.stop();
  await topology?.stop();
});

const submit = (client: ApiClient, board: string, member: string, note: string) =>
  client.post(`/v1/leaderboards/${board}/submissions`, {
    member,
    score: 1,
    metadata: { canary: CANARY, note },
  });

const noteOf = async (client: ApiClient, board: string, member: string): Promise<unknown> =>
  (await client.get(`/v1/leaderboards/${board}/entries/${member}`)).body.metadata?.note;

/** Nothing that a value, a key or a URL holds. */
function expectNoSecret({ stdout, stderr }: ResealRun, sessions: readonly PatchedSession[]): void {
  const password = new URL(topology.serviceUrl).password;
  const secrets = [A, B, C].map((key) => key.slice(2));
  const hidden = [
    CANARY,
    'canary',
    password,
    ...secrets,
    ...sessions.flatMap(({ id, token }) => [id, token]),
  ];
  for (const text of hidden) expect((stdout + stderr).includes(text), text).toBe(false);
  expect(stdout + stderr).not.toContain('enc1:');
}

describe('npm run reseal', () => {
  const boards = ['here', 'archived'];
  let sessions: PatchedSession[];
  let elsewhere: PatchedSession[];
  let otherKey: string;

  const fill = async () => {
    const service = await start(A);
    const { body } = await service.admin.post('/v1/api-keys', {
      name: 'other',
      roles: ['admin'],
      tenant: 'other',
    });
    otherKey = body.secret as string;
    const other = service.as(otherKey);
    sessions = await beginSessions(service.admin, SESSIONS_HELD, CANARY);
    sessions.push(...(await beginSessions(service.admin, 50, CANARY, 50)));
    elsewhere = await beginSessions(other, 20, CANARY);
    for (const client of [service.admin, other]) {
      for (const board of boards) {
        const submissions = Array.from({ length: ENTRIES_HELD }, (_, at) => ({
          member: `member ${at}`,
          score: at,
          metadata: { canary: CANARY, note: `first ${at}` },
        }));
        const answer = await client.post(`/v1/leaderboards/${board}/submissions/batch`, { submissions });
        expect(answer.status).toBe(200);
      }
      expect((await client.post('/v1/leaderboards/archived/seasons')).status).toBeLessThan(300);
    }
    await stop(service);
  };

  it('puts all under the newest key while it is read and written, and goes on where it was interrupted', async () => {
    await fill();
    const before = await keysInUse(topology);
    expect(Object.keys(before)).toEqual(['A']);
    const service = await start(`${B},${A}`);

    let isOver = false;
    let failed = 0;
    const done = { reads: 0, patches: 0, submissions: 0 };
    const notes = new Map<string, string>();
    const some = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;
    const load = Array.from({ length: 8 }, async (_, at) => {
      while (!isOver) {
        failed += await damaged(service.admin, [some(sessions)]);
        if ((await patch(service.admin, some(sessions))) !== 200) failed++;
        const member = `member ${at * 20 + Math.floor(Math.random() * 20)}`;
        const note = randomUUID();
        if ((await submit(service.admin, 'here', member, note)).status !== 200) failed++;
        notes.set(member, note);
        if ((await noteOf(service.admin, 'here', member)) !== note) failed++;
        done.reads += 2;
        done.patches++;
        done.submissions++;
      }
    });

    const client = topology.connect();
    const interrupted = beginReseal(command(`${B},${A}`));
    await waitUntil(
      'the first value is under the new key',
      async () =>
        (await client.hget('fulcrum:other:{leaderboards:here}:metadata', 'member 1'))?.startsWith('enc1:B:'),
      { everyMs: 2, timeoutMs: 30_000 },
    );
    interrupted.child.kill('SIGINT');
    const first = await interrupted.ended;
    expect(first.code).toBe(130);
    expect(first.stdout).toContain('Interrupted');
    expect((await keysInUse(topology)).A).toBeGreaterThan(0);

    const began = performance.now();
    const second = await reseal(command(`${B},${A}`));
    const seconds = (performance.now() - began) / 1000;
    isOver = true;
    await Promise.all(load);
    client.disconnect();
    expect(second, second.stderr).toMatchObject({ code: 0 });
    expect(second.stderr).toMatch(
      /^sessions: \d+ of \d+ looked at \(100 %\), \d+ resealed, 0 unreadable, \d+\/s$/m,
    );
    expect(second.stdout).toContain('All that was found is under the key B.');
    expect(failed).toBe(0);
    console.info(
      `${JSON.stringify(before)} values, second run ${seconds.toFixed(1)} s:\n${second.stderr}` +
        `${done.reads} reads, ${done.patches} patches, ${done.submissions} submissions meanwhile, ${failed} failed`,
    );
    expect(Object.keys(await keysInUse(topology))).toEqual(['B']);

    const third = await reseal(command(`${B},${A}`));
    expect(third.code).toBe(0);
    expect(third.stdout).toMatch(/^leaderboards\.metadata: 800 looked at, 0 resealed, 0 unreadable$/m);
    expect(third.stdout).toMatch(/^sessions: 1570 looked at, 0 resealed, 0 unreadable$/m);
    for (const run of [first, second, third]) expectNoSecret(run, sessions);

    await stop(service);
    const alone = await start(B);
    expect(await damaged(alone.admin, sessions)).toBe(0);
    expect(await damaged(alone.as(otherKey), elsewhere)).toBe(0);
    for (const [member, note] of notes) expect(await noteOf(alone.admin, 'here', member)).toBe(note);
    const season = await alone.as(otherKey).get('/v1/leaderboards/archived/seasons/1/entries/member%207');
    expect(season.body.metadata).toEqual({ canary: CANARY, note: 'first 7' });
    await stop(alone);
  }, 240_000);

  it('hinders nobody who read a session before it was sealed anew, and again since, from patching it', async () => {
    const service = await start(`${A},${B}`);
    const [session] = await beginSessions(service.admin, 1, CANARY);
    if (session === undefined) throw new Error('no session was begun');
    expect(await patch(service.admin, session)).toBe(200);
    expect((await reseal(command(`${B},${A}`))).stdout).toMatch(/^sessions: \d+ looked at, 1 resealed/m);
    expect(await damaged(service.admin, [session])).toBe(0);
    expect(await patch(service.admin, session)).toBe(200);
    expect(await damaged(service.admin, [session])).toBe(0);
    await stop(service);
    expect((await reseal(command(`${B},${A}`))).code).toBe(0);
  });

  it('counts what it cannot read, by key, and leaves it as it is', async () => {
    const foreign = await start(C);
    const lost = await beginSessions(foreign.admin, 3, CANARY);
    await submit(foreign.admin, 'foreign', 'a', 'lost');
    const run = await reseal(command(`${B},${A}`));
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(
      /^sessions: \d+ looked at, 0 resealed, 3 unreadable\n {2}3 unreadable under the key C$/m,
    );
    expect(run.stdout).toMatch(/1 unreadable\n {2}1 unreadable under the key C$/m);
    expect(run.stdout).toContain('Not all is under the key B');
    expectNoSecret(run, lost);
    expect(await keysInUse(topology)).toMatchObject({ C: 4 });
    expect(await damaged(foreign.admin, lost)).toBe(0);
    await stop(foreign);
    const whole = await reseal(command(`${B},${C}`));
    expect(whole, whole.stdout).toMatchObject({ code: 0 });
    expect(Object.keys(await keysInUse(topology))).toEqual(['B']);
  });

  it('does not begin without a key, or without a Redis', async () => {
    const keyless = await reseal({ ...topology.settings, SESSION_KEYS: '' });
    expect(keyless).toMatchObject({ code: 1, stdout: '' });
    expect(keyless.stderr).toContain('SESSION_KEYS is required');
    const nowhere = await reseal({ DATA_DIR: '/nonexistent/fulcrum', SESSION_KEYS: B });
    expect(nowhere).toMatchObject({ code: 1, stdout: '' });
    expect(nowhere.stderr).toContain('No service with an embedded Redis runs');
    const away = await reseal({
      REDIS_URL: 'redis://:canary@127.0.0.1:1',
      SESSION_KEYS: B,
      REDIS_START_WAIT_MS: '1000',
    });
    expect(away).toMatchObject({ code: 1, stdout: '' });
    expect(away.stderr).toContain('nothing listens there');
    expect(away.stderr).not.toContain('canary');
  });
});

/** Runs scripts, and does `work` once before the first that is called `name` and about `value`. */
class InterruptedRunner extends ScriptRunner {
  constructor(
    gateway: RedisGateway,
    private readonly name: string,
    private readonly value: string,
    private work: (() => Promise<unknown>) | undefined,
  ) {
    super(gateway);
  }

  override async run<Key extends string, Arg extends string, Result>(
    script: Script<Key, Arg, Result>,
    call: ScriptCall<Key, Arg>,
  ): Promise<Result> {
    const values: readonly unknown[] = [...Object.values(call.args), ...(call.rest ?? [])];
    if (script.file.pathname.endsWith(`/${this.name}.lua`) && values.includes(this.value)) {
      const work = this.work;
      this.work = undefined;
      await work?.();
    }
    return await super.run(script, call);
  }
}

describe('a value that somebody writes while it is resealed', () => {
  let old: TestService;
  let now: TestService;
  const get = <T>(type: new (...args: never[]) => T): T => now.application.nest.get(type, { strict: false });

  beforeAll(async () => {
    const last = await reseal(command(`${A},${B},${C}`));
    expect(last.code, last.stderr).toBe(0);
    old = await start(A);
    now = await start(`${B},${A}`);
  });

  it('is sealed anew as it was written, even under the older key', async () => {
    const [session] = await beginSessions(old.admin, 1, CANARY);
    if (session === undefined) throw new Error('no session');
    const tally = new ResealTally();
    const runner = new InterruptedRunner(get(RedisGateway), 'reseal', session.id, () =>
      patch(old.admin, session),
    );
    const resealing = new SessionResealing(
      get(RedisGateway),
      runner,
      get(SessionKeys),
      onlyBucketOf(session.id),
      get(SessionVault),
      new SealedValues(),
    );
    await resealing.reseal(tally, new AbortController().signal);
    expect(session.acknowledged).toHaveLength(1);
    expect(tally).toMatchObject({ contended: 0, unreadable: 0 });
    expect(await damaged(now.admin, [session])).toBe(0);
    expect(await boxOf(session.id)).toMatch(/^enc1:B:/);
  });

  it('is a document of a board too', async () => {
    await submit(old.admin, 'raced', 'a', 'first');
    const tally = new ResealTally();
    const runner = new InterruptedRunner(get(RedisGateway), 'reseal-metadata', 'a', () =>
      submit(old.admin, 'raced', 'a', 'second'),
    );
    const indexes = get(LeaderboardIndexes);
    const resealing = new MetadataResealing(
      get(RedisGateway),
      runner,
      get(LeaderboardKeys),
      Object.assign(Object.create(indexes) as LeaderboardIndexes, {
        tenants: () => Promise.resolve(['default']),
        boards: () => Promise.resolve(['raced']),
      }),
      get(EntryMetadata),
      new SealedValues(),
    );
    await resealing.reseal(tally, new AbortController().signal);
    expect(tally).toMatchObject({ looked: 1, resealed: 1, contended: 0, unreadable: 0 });
    expect(await noteOf(now.admin, 'raced', 'a')).toBe('second');
  });

  it('is seen to be lost where nobody compares before it is set', async () => {
    const sessions = await beginSessions(old.admin, 5, CANARY);
    const vault = new SessionVault(new KeyRing(parseEncryptionKeys(`${B},${A}`)));
    const client = topology.connect();
    const sealed = await Promise.all(
      sessions.map(async ({ id }) => {
        const { sessions: hash, live, field } = placeOfBox(id);
        const [head, box, seen] = await client.hmget(
          hash,
          field.replace(/b$/, 'h'),
          field,
          field.replace(/b$/, 's'),
        );
        const version = (await client.hget(live, id.slice(2))) ?? '';
        return vault.resealed('default', id, { version, head: head ?? '', box: box ?? '', seen: seen ?? '' });
      }),
    );
    for (const session of sessions) expect(await patch(old.admin, session)).toBe(200);
    for (const [at, { id }] of sessions.entries()) {
      const { sessions: hash, field } = placeOfBox(id);
      await client.hset(hash, field, sealed[at] ?? '');
    }
    client.disconnect();
    expect(await damaged(now.admin, sessions)).toBe(5);
  });

  const boxOf = async (id: string): Promise<string> => {
    const client = topology.connect();
    const { sessions, field } = placeOfBox(id);
    try {
      return (await client.hget(sessions, field)) ?? '';
    } finally {
      client.disconnect();
    }
  };

  /** Only the bucket of a session: other sessions there are stale too, but nobody writes those. */
  const onlyBucketOf = (id: string): SessionBuckets =>
    Object.assign(Object.create(get(SessionBuckets)) as SessionBuckets, {
      async *all() {
        yield await Promise.resolve({ tenant: 'default', bucket: id.slice(0, 2) });
      },
    });
});
