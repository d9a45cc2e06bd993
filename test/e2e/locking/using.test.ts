import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeldLock, heldLock } from '../../../src/effects/locked.js';
import { AppError } from '../../../src/errors/app-error.js';
import { LocksService } from '../../../src/features/locking/locking.locks.service.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';
import { fresh, type LockServers, startLockServers } from './locks.js';

let topology: Topology;

beforeAll(async () => {
  topology = await startTopology();
});

afterAll(async () => {
  await topology?.stop();
});

const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : String(error));

/** Resolves when the signal is aborted, with the time that took. */
async function aborted(signal: AbortSignal): Promise<number> {
  const began = performance.now();
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return performance.now() - began;
}

/** Keeps this process from everything else, timers included. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Lock servers of their own are the same on both topologies. */
const COUNTS = process.env.FULCRUM_TEST_TOPOLOGY === 'cluster' ? [0] : [0, 3];

describe.each(COUNTS)('work under a lock on %i servers of its own', (count) => {
  let nodes: LockServers;
  let service: TestService;
  let locks: LocksService;

  beforeAll(async () => {
    nodes = await startLockServers(count);
    service = await startService({ ...topology.settings, ...nodes.settings });
    locks = service.application.nest.get(LocksService);
  });

  afterAll(async () => {
    await service?.stop();
    await nodes?.stop();
  });

  const look = async (resource: string) =>
    (await service.admin.get(`/v1/locks/resources/${resource}`)).body as Readonly<Record<string, unknown>>;
  const acquire = (resource: string, more: object = {}) =>
    service.admin.post('/v1/locks', { resources: [resource], ttlMs: 10_000, ...more });
  const breakLock = (resource: string) => service.admin.delete(`/v1/locks/resources/${resource}`);

  it('holds all of its resources, and gives what the work gives', async () => {
    const [a, b] = [fresh('a'), fresh('b')];
    const result = await locks.using([a, b], { ttlMs: 5000, owner: 'me' }, async (signal, lock) => {
      expect(signal.aborted).toBe(false);
      expect(lock.resources).toEqual([a, b]);
      for (const resource of [a, b]) {
        const view = await look(resource);
        expect(view).toMatchObject({ held: true, owner: 'me', fencingToken: lock.fencingToken });
        expect((await acquire(resource)).body.code).toBe('locking.held');
      }
      return 'done';
    });
    expect(result).toBe('done');
    for (const resource of [a, b]) expect(await look(resource)).toMatchObject({ held: false });
  });

  it('keeps the lock for as long as it takes', async () => {
    const long = fresh('long');
    const ttlMs = 1200;
    await locks.using([long], { ttlMs }, async (signal, lock) => {
      const token = lock.fencingToken;
      for (const until = performance.now() + 3 * ttlMs; performance.now() < until;) {
        expect(signal.aborted).toBe(false);
        const leftMs = lock.validForMs();
        expect(leftMs).toBeGreaterThan(0);
        expect(leftMs).toBeLessThan(ttlMs);
        expect((await acquire(long)).status).toBe(423);
        await pause(100);
      }
      expect(lock.fencingToken).toBe(token);
    });
    expect(await look(long)).toMatchObject({ held: false });
  });

  it('lets the lock go when it throws, and throws the same', async () => {
    const thrown = fresh('thrown');
    const error = new Error('of the work');
    const work = locks.using([thrown], { ttlMs: 5000 }, async () => {
      await pause(1);
      throw error;
    });
    await expect(work).rejects.toBe(error);
    const sync = locks.using([thrown], { ttlMs: 5000 }, () => {
      throw error;
    });
    await expect(sync).rejects.toBe(error);
    expect(await look(thrown)).toMatchObject({ held: false });
  });

  it('does not begin while somebody else has the lock', async () => {
    const busy = fresh('busy');
    const lock = await acquire(busy);
    let began = false;
    const begin = async () => {
      began = true;
    };
    const refused = await locks.using([busy], { ttlMs: 1000 }, begin).catch(codeOf);
    const late = await locks.using([busy], { ttlMs: 1000, waitMs: 100 }, begin).catch(codeOf);
    expect([refused, late, began]).toEqual(['locking.held', 'locking.held', false]);
    const waiting = locks.using([busy], { ttlMs: 1000, waitMs: 10_000 }, begin);
    await waitUntil('it waits', async () => (await look(busy)).waiting === 1);
    await service.admin.delete(`/v1/locks/${lock.body.lockId}`);
    await waiting;
    expect(began).toBe(true);
  });

  it('is not waited for any longer when nobody wants it any more', async () => {
    const unwanted = fresh('unwanted');
    const lock = await acquire(unwanted);
    const controller = new AbortController();
    let began = false;
    const options = { ttlMs: 1000, waitMs: 20_000, signal: controller.signal };
    const work = locks.using([unwanted], options, async () => {
      began = true;
    });
    const ended = work.catch(codeOf);
    await waitUntil('it waits', async () => (await look(unwanted)).waiting === 1);
    const asked = performance.now();
    controller.abort();
    expect(await ended).toBe('locking.held');
    expect(performance.now() - asked).toBeLessThan(2000);
    expect(await look(unwanted)).toMatchObject({ waiting: 0 });
    expect(await locks.using([fresh('unwanted')], options, async () => undefined).catch(codeOf)).toBe(
      'locking.held',
    );
    await service.admin.delete(`/v1/locks/${lock.body.lockId}`);
    expect(await look(unwanted)).toMatchObject({ held: false });
    expect(began).toBe(false);
  });

  it('hears of it soon when an admin breaks the lock, and what it gives then does not count', async () => {
    const broken = fresh('broken');
    const ttlMs = 1500;
    let seen: HeldLock | undefined;
    let took = 0;
    const work = locks.using([broken], { ttlMs }, async (signal, lock) => {
      seen = lock;
      expect((await breakLock(broken)).status).toBe(204);
      took = await aborted(signal);
      expect(codeOf(signal.reason)).toBe('locking.lost');
      return 'too late';
    });
    expect(await work.catch(codeOf)).toBe('locking.lost');
    // With its next extension, which comes after a third of the time.
    expect(took).toBeLessThan(ttlMs);
    expect(seen?.validForMs()).toBe(0);
    expect((await acquire(broken)).status).toBe(201);
  });

  it('takes nothing from whoever has the lock after it', async () => {
    const taken = fresh('taken');
    let next = 0;
    const work = locks.using([taken], { ttlMs: 1500 }, async (signal, lock) => {
      await breakLock(taken);
      const { body } = await acquire(taken, { waitMs: 5000 });
      next = Number(body.fencingToken);
      expect(next).toBeGreaterThan(lock.fencingToken);
      await aborted(signal);
    });
    expect(await work.catch(codeOf)).toBe('locking.lost');
    expect(await look(taken)).toMatchObject({ held: true, fencingToken: next });
  });

  it('throws its own error where it does so after an abort', async () => {
    const both = fresh('both');
    const error = new Error('of the work');
    const work = locks.using([both], { ttlMs: 900 }, async (signal) => {
      await breakLock(both);
      await aborted(signal);
      throw error;
    });
    await expect(work).rejects.toBe(error);
  });

  it('knows after its process stood still for too long that the lock is over', async () => {
    const blocked = fresh('blocked');
    const ttlMs = 1000;
    let known = false;
    const work = locks.using([blocked], { ttlMs }, async (signal, lock) => {
      block(ttlMs + 200);
      expect(lock.validForMs()).toBe(0);
      // As soon as timers run again, those that were due first run first.
      await pause(50);
      known = signal.aborted;
      return 'too late';
    });
    expect(await work.catch(codeOf)).toBe('locking.lost');
    expect(known).toBe(true);
    expect(await look(blocked)).toMatchObject({ held: false });
  });

  it('does not count when its process stood still to its end', async () => {
    const blocked = fresh('blocked');
    const work = locks.using([blocked], { ttlMs: 1000 }, async () => {
      block(1200);
      return 'too late';
    });
    expect(await work.catch(codeOf)).toBe('locking.lost');
  });

  it('gives its lock to all that it calls, and to nothing else', async () => {
    const [outer, inner] = [fresh('outer'), fresh('inner')];
    const deep = async (): Promise<HeldLock | undefined> => {
      await pause(1);
      return await Promise.resolve().then(
        () => new Promise((resolve) => setTimeout(() => resolve(heldLock()), 1)),
      );
    };
    expect(heldLock()).toBeUndefined();
    const other = locks.using([fresh('beside')], { ttlMs: 5000 }, async (_signal, lock) => {
      for (let round = 0; round < 10; round++) expect(await deep()).toBe(lock);
    });
    await locks.using([outer], { ttlMs: 5000 }, async (_signal, lock) => {
      expect(heldLock()).toBe(lock);
      expect(await deep()).toBe(lock);
      await locks.using([inner], { ttlMs: 5000 }, async (_inner, second) => {
        expect(await deep()).toBe(second);
        expect(second.resources).toEqual([inner]);
      });
      expect(await deep()).toBe(lock);
    });
    await other;
    expect(heldLock()).toBeUndefined();
  });

  it('gets a greater token each time, also when the lock was another way of the same', async () => {
    const tokens = fresh('tokens');
    const token = () => locks.using([tokens], { ttlMs: 5000 }, async (_signal, lock) => lock.fencingToken);
    const given = [await token(), Number((await acquire(tokens, { ttlMs: 50 })).body.fencingToken)];
    await waitUntil('it is free', async () => !(await look(tokens)).held);
    given.push(await token(), await token());
    expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
  });

  it('takes no name and no time that a request could not have', async () => {
    const nothing = async () => expect.fail('it began');
    const good = fresh('good');
    for (const bad of [['a b'], ['a/b'], [''], ['x'.repeat(129)], [], [good, good]])
      expect(await locks.using(bad, { ttlMs: 1000 }, nothing).catch(codeOf)).toBe('request.invalid');
    for (const ttlMs of [0, 9, 10.5, Number.NaN, 86_400_001])
      expect(await locks.using([good], { ttlMs }, nothing).catch(codeOf)).toBe('request.invalid');
    // A space would make it part of the line for another name.
    expect(await look(good)).toMatchObject({ held: false, waiting: 0 });
  });

  it('locks what its tenant has', async () => {
    const shared = fresh('shared');
    const tenant = `using-${count}`;
    const { secret } = await newKey(service.admin, { roles: ['writer'], tenant });
    await locks.using([shared], { ttlMs: 5000, tenant }, async () => {
      expect((await acquire(shared)).status).toBe(201);
      const others = await service.as(secret).post('/v1/locks', { resources: [shared], ttlMs: 1000 });
      expect(others.status).toBe(423);
    });
  });
});
