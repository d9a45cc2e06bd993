import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BoardModel, type ModelSettings } from '../../support/board-model.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { BoardComparison } from './board-comparison.js';
import { type Command, sequences, settings } from './board-commands.js';

const RUNS = process.env.FULCRUM_FULL_FAULTS ? 2000 : 120;
const SEED = Number(process.env.FULCRUM_SEED ?? Date.now() % 2 ** 31);

let topology: Topology;
let service: TestService;
let boardCount = 0;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

async function compare(model: BoardModel, setup: ModelSettings, steps: readonly Command[]): Promise<void> {
  const comparison = new BoardComparison(model, `model-${boardCount++}`, service);
  await comparison.begin(setup);
  for (const step of steps) await comparison.step(step);
  await comparison.finish();
}

describe('random sequences on a board', () => {
  it('are answered as the model answers them', async () => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(settings, sequences, async (setup, sequence) => {
        steps += sequence.length;
        await compare(new BoardModel(setup), setup, sequence);
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: false },
    );
    console.log(`0 divergences in ${steps} steps on ${RUNS} boards (seed ${SEED}, ${topology.kind})`);
  }, 600_000);

  it('are told apart from those of a model that is wrong in one detail', async () => {
    /** Loses the place of whoever submits the same score again. */
    class Forgetful extends BoardModel {
      override submit(row: Parameters<BoardModel['submit']>[0]) {
        const standing = this.live.entries.find((entry) => entry.member === row.member);
        if (standing?.score === row.score) {
          this.live.entries = [...this.live.entries.filter((entry) => entry !== standing), standing];
        }
        return super.submit(row);
      }
    }
    const broken = fc.check(
      fc.asyncProperty(settings, sequences, (setup, sequence) =>
        compare(new Forgetful(setup), setup, sequence),
      ),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    expect((await broken).failed).toBe(true);
  }, 120_000);
});
