import { describe, expect, it } from 'vitest';

interface Failures {
  failed(kind: string): void;
  errors(): Record<string, number>;
}

interface LockWatch extends Failures {
  granted(resource: string, fence?: number): void;
  releasing(resource: string): void;
}

interface Plans {
  timed(tally: object, status: number, step: () => Promise<void>): () => Promise<void>;
  untilOver(isOver: () => boolean, failures: Failures, step: () => Promise<void>): Promise<void>;
}

const load = (file: string) => import(new URL(`../../bench/load/${file}`, import.meta.url).href);
const { timed, untilOver } = (await load('plans.mjs')) as Plans;
const { Failures } = (await load('failures.mjs')) as { Failures: new () => Failures };
const { LockWatch } = (await load('lock-watch.mjs')) as { LockWatch: new () => LockWatch };
const { Tally } = (await load('tally.mjs')) as {
  Tally: new (expected: readonly number[]) => {
    begin(now: number): void;
    end(now: number): void;
    result(): { answers: number; offered: number };
  };
};

describe('what a client of a contender runs', () => {
  it('counts what was answered, and not what failed; that is an error, and the end of its worker', async () => {
    const tally = new Tally([200]);
    tally.begin(performance.now());
    const failures = new Failures();
    let calls = 0;
    const step = timed(tally, 200, async () => {
      calls++;
      if (calls === 3) throw new Error('another version');
      await Promise.resolve();
    });
    await untilOver(() => false, failures, step);
    tally.end(performance.now());
    expect(failures.errors()).toEqual({ 'another version': 1 });
    expect(tally.result()).toMatchObject({ answers: 2, offered: 3 });
  });

  it('has no errors where there were none', async () => {
    const failures = new Failures();
    let left = 3;
    await untilOver(
      () => left === 0,
      failures,
      async () => {
        left--;
        await Promise.resolve();
      },
    );
    expect(failures.errors()).toEqual({});
  });

  it('knows what is wrong with grants of locks', () => {
    const watch = new LockWatch();
    watch.granted('a', 2);
    watch.granted('a', 2);
    watch.releasing('a');
    watch.granted('b', 1);
    expect(watch.errors()).toEqual({
      'two holders at once': 1,
      'a token that is not higher': 1,
      'never released': 1,
    });
  });
});
