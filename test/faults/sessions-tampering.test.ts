import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readScript, writeScript } from '../../src/features/sessions/sessions.scripts.js';
import { SessionVault } from '../../src/features/sessions/sessions.vault.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { PARTS, type Part, type Stored, Victim } from './sessions-tampered.js';
import { breakScript, countsOf, toldOfSessions } from './sessions-world.js';
import { patience, sized } from './sizes.js';

/** Bits of each byte that are flipped, one at a time. */
const BITS = sized(1, 8);
/** A list is asked for after one of so many changes. */
const LISTED = sized(4, 1);
const SEED = seedOfRun();

let redis: Redis;
let service: TestService;
const cleanups: (() => unknown)[] = [];
const repairs: (() => void)[] = [];

beforeAll(async () => {
  const server = await startRedis();
  cleanups.push(() => server.stop());
  redis = new Redis(server.url);
  cleanups.push(() => redis.disconnect());
  service = await startService({ REDIS_URL: server.serviceUrl, SESSION_ROTATION_GRACE_MS: '60000' });
  cleanups.push(() => service.stop());
});

afterEach(() => {
  for (const repair of repairs.splice(0).reverse()) repair();
});

afterAll(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

let users = 0;

/** A session that was patched, and has had another token if `isRotated`. */
async function victim(isRotated = false, userId = `user-${++users}`): Promise<Victim> {
  const made = await Victim.begin(service.admin, redis, userId, { of: userId, step: 1 });
  if (isRotated) await made.rotate();
  await made.patch({ step: 2 });
  return made;
}

/** `bytes` with one bit of one byte flipped. */
function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
}

/** Changes that one by one are made to what is stored of a session, and what to call them. */
function* flips(stored: Stored, random: Random): Generator<[label: string, part: Part, Buffer]> {
  for (const part of PARTS)
    for (let at = 0; at < stored[part].length; at++)
      for (let bit = 0; bit < BITS; bit++) {
        const which = BITS === 8 ? bit : random.below(8);
        yield [`bit ${which} of byte ${at} of ${part} flipped`, part, flipped(stored[part], at, which)];
      }
}

/** Puts `changed` in the place of what is stored of `session`, and gives what is wrong with the answers; then puts it right. */
async function wrongWith(session: Victim, label: string, changed: Partial<Stored>): Promise<string[]> {
  const stored = await session.stored();
  await session.put(changed);
  const wrong = await session.wrongAnswers(label);
  await session.put(stored);
  return wrong;
}

/** Waits until what was refused of `session` is told. */
async function refusalsTold(session: Victim): Promise<number> {
  return await waitUntil('refusals are told', async () => {
    const count = countsOf(await toldOfSessions(service.admin), 'refused').get(session.id) ?? 0;
    return count >= session.refusals ? count : undefined;
  });
}

describe('a session that was changed in Redis', () => {
  it.each([false, true])(
    `is refused whichever byte it was, and told of (rotated before: %s, seed ${SEED})`,
    async (isRotated) => {
      const session = await victim(isRotated);
      const stored = await session.stored();
      const wrong: string[] = [];
      let changes = 0;
      for (const [label, part, changed] of flips(stored, new Random(SEED))) {
        wrong.push(...(await wrongWith(session, label, { [part]: changed })));
        changes++;
      }
      const refusals = await refusalsTold(session);
      console.log(`${changes} flips: ${wrong.length} wrong answers, ${refusals} refusals told`);
      expect(wrong).toEqual([]);
      expect(refusals).toBe(2 * changes);
      expect(await session.isShown()).toBe(true);
    },
    patience(BITS * 500, 100),
  );

  it('is not in the list of its user, unless only the instant is another at which it was seen', async () => {
    const session = await victim();
    const stored = await session.stored();
    const wrong: string[] = [];
    let at = 0;
    for (const [label, part, changed] of flips(stored, new Random(SEED + 1))) {
      if (part === 's' || at++ % LISTED > 0) continue;
      await session.put({ [part]: changed });
      if ((await session.listed()).length > 0) wrong.push(label);
      await session.put(stored);
    }
    expect(wrong).toEqual([]);
    // Nobody can tell that without the token.
    await session.put({ s: Buffer.from(`${Date.now() - 5000} ${'0'.repeat(40)}`) });
    expect(await session.listed()).toEqual([session.id]);
    await session.put(stored);
    expect(await session.listed()).toEqual([session.id]);
  });

  it('is refused under another instant at which it was seen, and without one of its values', async () => {
    const session = await victim();
    const { s } = await session.stored();
    const [at = '', mac = ''] = s.toString().split(' ');
    const wrong: string[] = [];
    for (const other of [Number(at) + 1, Number(at) - 1, Number(at) + 86_400_000])
      wrong.push(...(await wrongWith(session, `seen at ${other}`, { s: Buffer.from(`${other} ${mac}`) })));
    for (const text of ['', ' ', at, mac, `${at} `, `${at} ${mac} `, `${at}0 ${mac}`, `0${at} ${mac}`])
      wrong.push(...(await wrongWith(session, `'${text}' for s`, { s: Buffer.from(text) })));
    expect(wrong).toEqual([]);
    for (const part of ['h', 'b', 's'] as const) {
      const stored = await session.stored();
      await session.takeOut(part);
      for (const answer of [await session.client.read(), await session.client.patch({ a: 1 })])
        expect([answer.status, answer.body.code]).toEqual([401, 'sessions.refused']);
      expect(await session.listed()).toEqual([]);
      await session.put(stored);
      expect(await session.isShown()).toBe(true);
    }
  });

  it('shows nothing of another one whose values it was given, of another user or the same', async () => {
    const one = await victim();
    const wrong: string[] = [];
    for (const other of [await victim(), await victim(false, one.userId), await victim(true)]) {
      const [mine, its] = [await one.stored(), await other.stored()];
      // All but the version, which is the same in two sessions of as many changes.
      const changes: [string, Partial<Stored>][] = [
        ['the head of another', { h: its.h }],
        ['the box of another', { b: its.b }],
        ['the instant of another', { s: its.s }],
        ['head and box of another', { h: its.h, b: its.b }],
        ['all of another', its],
      ];
      for (const [label, changed] of changes) {
        await other.put(Object.fromEntries(Object.keys(changed).map((part) => [part, mine[part as Part]])));
        wrong.push(...(await wrongWith(one, label, changed)));
        const back = await other.wrongAnswers(label);
        wrong.push(...back);
        await other.put(its);
        expect([await one.isShown(), await other.isShown()]).toEqual([true, true]);
      }
      expect(await refusalsTold(other)).toBe(other.refusals);
    }
    expect(wrong).toEqual([]);
    expect(await refusalsTold(one)).toBe(one.refusals);
  });

  it('is not shown as it was before, though all of that was once right', async () => {
    const wrong: string[] = [];
    const session = await victim();
    const older = await session.stored();
    const dump = await redis.dumpBuffer(session.hash);
    await session.patch({ step: 3 });
    const { live: _live, ...fields } = older;
    wrong.push(...(await wrongWith(session, 'its older box', { b: older.b })));
    wrong.push(...(await wrongWith(session, 'its older fields', fields)));
    const newer = await session.stored();
    await redis.restore(session.hash, 0, dump, 'REPLACE');
    wrong.push(...(await session.wrongAnswers('the older hash of its owner')));
    expect(await session.listed()).toEqual([]);
    await session.put(newer);
    expect(await session.isShown()).toBe(true);
    // Before a rotation it had another token, which counted.
    const outdated = session.client;
    await session.rotate();
    wrong.push(
      ...(await wrongWith(
        session,
        'its fields of before a rotation',
        newer.live ? { ...newer, live: (await session.stored()).live } : {},
      )),
    );
    const rotated = await session.stored();
    await session.put({ h: newer.h, b: newer.b, s: newer.s });
    expect((await outdated.read()).status).toBe(401);
    await session.put(rotated);
    expect(await session.isShown()).toBe(true);
    expect(wrong).toEqual([]);
  });
});

describe('the same checks find', () => {
  it('boxes that are not bound to their version: an older one is shown', async () => {
    const vault = service.application.nest.get(SessionVault);
    const { seal, open } = vault;
    vault.seal = (place, content) => seal.call(vault, { ...place, version: '' }, content);
    vault.open = (tenant, id, stored) => {
      const opened = open.call(vault, tenant, id, { ...stored, version: '' });
      return opened && { ...opened, version: stored.version };
    };
    repairs.push(() => Object.assign(vault, { seal, open }));
    const session = await victim();
    const { b } = await session.stored();
    await session.patch({ step: 3 });
    const wrong = await wrongWith(session, 'its older box', { b });
    console.log(`not bound to a version: ${wrong.join('; ')}`);
    expect(wrong[0]).toMatch(/^GET with its older box: 200 .*"step":2/);
  });

  it('a judge that looks at no MAC: another instant is taken', async () => {
    repairs.push(
      breakScript(readScript, 'if redis.sha1hex(key .. id .. seen_at) == mac then', 'if true then'),
    );
    const session = await victim();
    const { s } = await session.stored();
    const [at = '', mac = ''] = s.toString().split(' ');
    const wrong = await wrongWith(session, 'another instant', { s: Buffer.from(`${Number(at) + 1} ${mac}`) });
    console.log(`without a MAC: ${wrong.join('; ')}`);
    expect(wrong[0]).toMatch(/^GET with another instant: 200/);
  });

  it('a write that looks only at the version: what was changed is written over', async () => {
    repairs.push(
      breakScript(writeScript, ' and head == ARGV[7] and redis.sha1hex(box) == ARGV[8] then', ' then'),
    );
    const session = await victim();
    const { b, h } = await session.stored();
    const wrong = [
      ...(await wrongWith(session, 'another box', { b: flipped(b, b.length - 1, 0) })),
      ...(await wrongWith(session, 'another head', { h: flipped(h, 0, 0) })),
    ];
    console.log(`looking only at the version: ${wrong.join('; ')}`);
    expect(wrong.filter((line) => line.startsWith('PATCH')).length).toBeGreaterThan(0);
  });
});
