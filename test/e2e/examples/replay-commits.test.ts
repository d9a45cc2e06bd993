import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random, seedOfRun } from '../../support/random.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/streams/replay-commits.mjs', import.meta.url));
const DATA = new URL('../../../examples/data/commits.jsonl', import.meta.url);
const SEED = seedOfRun();
const KILLS = 5;

/** Insertions by kind, as the file has them. */
const sums = new Map<string, number>();
for (const line of readFileSync(DATA, 'utf8').trim().split('\n')) {
  const { kind, insertions } = JSON.parse(line) as { kind: string; insertions: number };
  sums.set(kind, (sums.get(kind) ?? 0) + insertions);
}

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

function begin(name: string) {
  const args = ['--url', service.url, '--stream', name, '--board', name];
  const child = spawn(process.execPath, [EXAMPLE, ...args], {
    env: { PATH: process.env.PATH, FULCRUM_API_KEY: ADMIN_KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  return { child, ended };
}

/** What the example prints, as a README shows it. */
function outputIn(readme: string): string | undefined {
  const text = readFileSync(new URL(`../../../${readme}`, import.meta.url), 'utf8');
  return /```\n(4,422 commits[^`]*)```/.exec(text)?.[1];
}

async function boardOf(name: string): Promise<Map<string, number>> {
  const { body } = await service.admin.get(`/v1/leaderboards/${name}/entries?limit=100`);
  const items = body.items as { member: string; score: number }[];
  return new Map(items.map(({ member, score }) => [member, score]));
}

describe('the example of commits', () => {
  it('gives the sums of the file, and the same when it is run again', async () => {
    for (let run = 0; run < 2; run++) {
      const { code, output } = await begin('commits').ended;
      for (const readme of ['README.md', 'examples/README.md']) expect(outputIn(readme)).toBe(output);
      expect(code).toBe(0);
      expect(await boardOf('commits')).toEqual(sums);
    }
    expect((await service.admin.get('/v1/streams/commits')).body).toMatchObject({
      length: 4422,
      groups: [{ lag: 0, pending: 0, deadLetters: 0 }],
    });
  });

  it(`gives them too when it is killed ${KILLS} times at random, two at once (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    for (let kill = 0; kill < KILLS; kill++) {
      const runs = [begin('killed'), begin('killed')];
      await pause(200 + random.below(700));
      for (const { child } of runs) child.kill('SIGKILL');
      await Promise.all(runs.map(({ ended }) => ended));
    }
    const { code, output } = await begin('killed').ended;
    expect(output).toContain('The board has the sums of the file.');
    expect(code).toBe(0);
    expect(await boardOf('killed')).toEqual(sums);
  });
});
