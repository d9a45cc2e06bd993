import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LockModel } from '../../support/lock-model.js';
import { seedOfRun } from '../../support/random.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { type Command, sequences } from './lock-commands.js';
import { LockComparison } from './lock-comparison.js';

const RUNS = process.env.FULCRUM_FULL_FAULTS ? 3000 : 150;
const SEED = seedOfRun();

let redis: TestRedis;
let client: Redis;
let tenants = 0;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client?.disconnect();
  await redis?.stop();
});

const asTheyAre = (source: string) => source;

async function compare(steps: readonly Command[], change = asTheyAre): Promise<void> {
  const comparison = new LockComparison(client, `t${tenants++}`, new LockModel(), change);
  for (const step of steps) await comparison.step(step);
  await comparison.finish();
}

const acquisition = (id: string, waitMs: 0 | 30_000, ...places: readonly string[]) =>
  ({
    kind: 'acquire',
    id,
    wants: places.map((place) => ({ place, permits: 1 })),
    ttlMs: 5000,
    waitMs,
    process: 0,
    confirmed: true,
  }) as const;

/** What chance seldom comes by: whoever wants both leaves the line, and makes way for the one behind. */
const AWAY: readonly Command[] = [
  acquisition('i0', 0, 'lock:b'),
  acquisition('i1', 30_000, 'lock:a', 'lock:b'),
  acquisition('i2', 30_000, 'lock:a'),
  { kind: 'release', id: 'i1', keep: '', sharer: undefined },
];

describe('random sequences on a lock node', () => {
  it('are answered as the model answers them, and nobody waits for what is free', async () => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        steps += sequence.length;
        await compare(sequence);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    console.log(`0 divergences in ${steps} steps on ${RUNS} nodes (seed ${SEED})`);
  }, 600_000);

  it.each<[string, string, string]>([
    ['let somebody pass a line', '(first and first ~= id)', 'false'],
    ['give a slot twice', 'while taken[slot] do slot = slot + 1 end', ''],
    ['give one permit too many', 'if count >= want.permits then', 'if count > want.permits then'],
    ['tell nobody of a release', 'if grant then wake_after(grant, TOPIC) end', ''],
    ['tell nobody of a broken lock', 'do wake_after(grant, TOPIC) end', 'do end'],
    [
      'tell nobody that somebody left the line',
      'do wake_next(want.place, TOPIC) end end\nend\nreturn',
      'do end end\nend\nreturn',
    ],
    ['lose whoever is behind somebody who has died', 'and is_alive(waiter.process)', ''],
    ['tell nobody that somebody fell back', 'if moved then for', 'if false then for'],
    ['give a token twice', '(tonumber(last) or 0) + 1)', 'tonumber(last) or 0)'],
    [
      'forget the token that a majority agreed on',
      "then redis.call('HSET', PLACES, CLOCK, TOKEN) end",
      'then end',
    ],
    ['let everybody stand in the first place', 'waiter.ticket or number_after(last)', 'waiter.ticket or 1'],
    ['hold what has lapsed', 'if left > 0 then return', 'left = math.max(left, 1) do return'],
    ['release one resource of several', 'places[number] = want.place', 'places[1] = want.place'],
    ['end what another request with the same id was granted', "PROCESS ~= '' and grant.confirmed", 'false'],
    ['end a grant where the line alone is left', "KEEP == 'grant' or", ''],
    ['take the place of another request with the same id', 'waiter.process ~= PROCESS', 'false'],
    ['see no line on the short way', "redis.call('EXISTS', QUEUE) == 0", 'true'],
  ])(
    'are told apart from those of scripts that %s',
    async (_what, original, wrong) => {
      let isChanged = false;
      const change = (source: string) => {
        const changed = source.replaceAll(original, wrong);
        isChanged ||= changed !== source;
        return changed;
      };
      const { failed } = await fc.check(
        fc.asyncProperty(sequences, (sequence) => compare(sequence, change)),
        { numRuns: RUNS, seed: SEED, endOnFailure: true, examples: [[[...AWAY]]] },
      );
      expect(isChanged).toBe(true);
      expect(failed).toBe(true);
    },
    120_000,
  );
});
