import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeCalls } from '../../src/features/locking/locking.node-calls.js';
import { redisErrors } from '../../src/errors/core.errors.js';
import { AppError } from '../../src/errors/app-error.js';
import { Random, seedOfRun } from '../support/random.js';
import { clockOfScripts, FAKETIME, HOUR_S, replaced, reword, ServerWithClock } from './locking-clocks.js';
import { startLockServers } from './locking-nodes.js';
import { allAreUsed, newWorld, type Trouble, Troubles, type World } from './locking-troubles.js';
import { patience, sized } from './sizes.js';

/** Of 10,000 grants in a full run, and some that need faketime: so many under each kind of fault. */
const FORGETFUL = sized(300, 5000);
const STEPPING = sized(150, 3000);
const ALONE = sized(150, 2000);
const FAKED = sized(60, 1000);

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const seed = seedOfRun();

async function campaign(
  world: World,
  { many, where, kinds }: { many: number; where: string; kinds: (troubles: Troubles) => readonly Trouble[] },
): Promise<void> {
  const random = new Random(seed);
  const troubles = new Troubles(world, random);
  const { grants } = world;
  await troubles.during(grants.go(random, many), kinds(troubles));
  console.log(
    `${grants.fallen.length} tokens not higher than those before in ${grants.count} grants ${where} across ` +
      `${troubles.told()} (${grants.refused} refused, ${grants.unknown} unknown; seed ${seed})`,
  );
  expect(grants.fallen).toEqual([]);
}

describe('fencing tokens', () => {
  it(
    `rise on three nodes of which one forgets all and one has a clock that is set back (seed ${seed})`,
    async () => {
      const world = await newWorld(cleanups, await startLockServers(3));
      const clock = clockOfScripts(world.nodes(2));
      await campaign(world, {
        many: FORGETFUL,
        where: 'on 3 nodes',
        kinds: (troubles) => [
          troubles.steps(clock, [-HOUR_S]),
          troubles.emptied(world.servers[1]),
          troubles.restarts,
          troubles.steps(clock, [-HOUR_S, 0]),
        ],
      });
    },
    patience(FORGETFUL, 300),
  );

  it(
    `rise on three nodes of which one has a clock that steps both ways (seed ${seed})`,
    async () => {
      const world = await newWorld(cleanups, await startLockServers(3));
      const clock = clockOfScripts(world.nodes(2));
      await campaign(world, {
        many: STEPPING,
        where: 'on 3 nodes',
        kinds: (troubles) => [
          troubles.steps(clock, [HOUR_S]),
          troubles.restarts,
          troubles.steps(clock, [-HOUR_S]),
          troubles.steps(clock, [-HOUR_S, 0, HOUR_S]),
        ],
      });
    },
    patience(STEPPING, 300),
  );

  it(
    `rise on a single node that is restarted and whose clock is set back (seed ${seed})`,
    async () => {
      const world = await newWorld(cleanups, await startLockServers(1));
      const clock = clockOfScripts(world.nodes(0));
      await campaign(world, {
        many: ALONE,
        where: 'on 1 node',
        kinds: (troubles) => [
          troubles.steps(clock, [HOUR_S]),
          troubles.restarts,
          troubles.steps(clock, [-HOUR_S, 0]),
        ],
      });
    },
    patience(ALONE, 300),
  );

  it.skipIf(FAKETIME === undefined)(
    `rise on three nodes of which one process has a clock that is set back (seed ${seed})`,
    async () => {
      const clock = await ServerWithClock.start(FAKETIME ?? '');
      cleanups.push(() => clock.stop());
      const world = await newWorld(cleanups, [...(await startLockServers(2)), clock.server]);
      await clock.set(-HOUR_S);
      const [seconds] = await clock.server.ask((client) => client.time());
      expect(Date.now() / 1000 - Number(seconds)).toBeGreaterThan(HOUR_S - 60);
      await campaign(world, {
        many: FAKED,
        where: 'on 3 nodes, one of them under faketime,',
        kinds: (troubles) => [
          troubles.emptied(world.servers[1]),
          troubles.restarts,
          troubles.steps(clock, [0]),
          troubles.steps(clock, [-HOUR_S]),
        ],
      });
    },
    patience(FAKED, 300),
  );
});

/** A single node whose clock is set back between two grants. */
async function setBack(world: World): Promise<void> {
  const clock = clockOfScripts(world.nodes(0));
  const lock = await world.grants.acquired(['back']);
  await world.grants.release(lock);
  await clock.set(-HOUR_S);
  await world.grants.acquired(['back']);
}

/** A clock that is ahead gives a token, and is gone when the next one is given. */
async function ahead(world: World): Promise<void> {
  const { grants, servers } = world;
  const [first, , third] = servers;
  await clockOfScripts(world.nodes(2)).set(HOUR_S);
  await first?.kill();
  await grants.release(await grants.acquired(['ahead']));
  await first?.begin();
  await allAreUsed(world);
  await third?.kill();
  await grants.acquired(['ahead']);
}

/** A node whose clock is ahead grants too late to be counted, and does not hear what the others agreed on. */
async function unheard(world: World): Promise<void> {
  const { grants, servers, services } = world;
  const [first, , third] = servers;
  const [node] = world.nodes(2);
  const calls = services[0]?.application.nest.get(NodeCalls);
  if (calls === undefined) throw new Error('there is no service');
  await clockOfScripts(world.nodes(2)).set(HOUR_S);
  const [acquire, extend] = [calls.acquire.bind(calls), calls.extend.bind(calls)];
  calls.acquire = async (asked, wanted, approach) => {
    const vote = await acquire(asked, wanted, approach);
    if (asked === node) await pause(300);
    return vote;
  };
  calls.extend = (asked, ...rest) =>
    asked === node
      ? Promise.reject(new AppError(redisErrors.unavailable, 'not heard'))
      : extend(asked, ...rest);
  const lock = await grants.acquired(['unheard'], { ttlMs: 20_000 });
  Object.assign(calls, { acquire, extend });
  await pause(400);
  await first?.kill();
  await grants.extend(lock, 20_000);
  await first?.begin();
  await allAreUsed(world);
  await grants.release(lock);
  await third?.kill();
  await grants.acquired(['unheard']);
}

const cases = {
  'a clock that is set back': { servers: 1, play: setBack },
  'a clock that was ahead and is gone': { servers: 3, play: ahead },
  'a token that a majority did not agree on': { servers: 3, play: unheard },
};

describe('fencing tokens after', () => {
  it.each(Object.entries(cases))('%s rise', async (_name, { servers, play }) => {
    const world = await newWorld(cleanups, await startLockServers(servers), 1);
    await play(world);
    expect(world.grants.fallen).toEqual([]);
    expect(world.grants.count).toBeGreaterThan(0);
  });

  it('a clock that is set back are found to fall where the last one does not count', async () => {
    const world = await newWorld(cleanups, await startLockServers(1), 1);
    // A lock that is free is granted in a place of its own.
    const atOnce = 'math.max(micros, (tonumber(known[2]) or 0) + 1)';
    const last = 'math.max(NOW_MICROS, (tonumber(last) or 0) + 1)';
    for (const node of world.nodes(0))
      reword(node, (source, name) =>
        name === 'acquire.lua' ? replaced(replaced(source, atOnce, 'micros'), last, 'NOW_MICROS') : source,
      );
    await setBack(world);
    console.log(`by the clock alone: ${world.grants.fallen.join('; ')}`);
    expect(world.grants.fallen).toHaveLength(1);
  });

  it('a clock that was ahead are found to fall where one node alone knows of it', async () => {
    const world = await newWorld(cleanups, await startLockServers(3), 1);
    const raise = "redis.call('HSET', PLACES, CLOCK, TOKEN)";
    for (const node of [0, 1, 2].flatMap((at) => world.nodes(at)))
      reword(node, (source, name) => (name === 'extend.lua' ? replaced(source, raise, '') : source));
    await ahead(world);
    console.log(`with a token that one node knows: ${world.grants.fallen.join('; ')}`);
    expect(world.grants.fallen).toHaveLength(1);
  });
});
