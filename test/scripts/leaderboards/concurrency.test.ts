import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

const CLIENTS = 20;
const EACH = 25;

let topology: Topology;
let nodes: [TestService, TestService];

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

interface Submitted {
  readonly member: string;
  readonly score: number;
  readonly rank: number;
  readonly previousScore: number | null;
  readonly previousRank: number | null;
}

/** The answers to `EACH` submissions of each of `CLIENTS` clients at once, on both nodes. */
async function submitAtOnce(
  board: string,
  body: (client: number, turn: number) => object,
): Promise<Submitted[]> {
  const answers = await Promise.all(
    Array.from({ length: CLIENTS }, async (_client, client) => {
      const own: Submitted[] = [];
      for (let turn = 0; turn < EACH; turn++) {
        const answer = await nodes[client % 2 ? 0 : 1].admin.post(
          `/v1/leaderboards/${board}/submissions`,
          body(client, turn),
        );
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
        own.push(answer.body);
      }
      return own;
    }),
  );
  return answers.flat();
}

describe('submissions of 20 clients at once', () => {
  it('that increment one member each see another sum, without a gap', async () => {
    const answers = await submitAtOnce('sum', () => ({ member: 'a', score: 1, operator: 'increment' }));
    const sorted = answers.sort((a, b) => a.score - b.score);
    expect(sorted.map(({ previousScore, score }) => [previousScore, score])).toEqual(
      sorted.map((_each, at) => [at === 0 ? null : at, at + 1]),
    );
  });

  it('that set one member each see what the one before them set', async () => {
    const answers = await submitAtOnce('chain', (client, turn) => ({
      member: 'a',
      score: client * EACH + turn,
    }));
    const after = new Map(answers.map((answer) => [answer.previousScore, answer.score]));
    expect(after.size).toBe(answers.length);
    const chain: number[] = [];
    for (let next = after.get(null); next !== undefined; next = after.get(next)) chain.push(next);
    expect(chain).toHaveLength(answers.length);
    const { body } = await nodes[0].admin.get('/v1/leaderboards/chain/entries/a');
    expect(body.score).toBe(chain.at(-1));
    for (let client = 0; client < CLIENTS; client++) {
      const own = chain.filter((score) => Math.floor(score / EACH) === client);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  });

  it('that bring newcomers with one score rank them in the order in which they came', async () => {
    const answers = await submitAtOnce('newcomers', (client, turn) => ({
      member: `${client}/${turn}`,
      score: 7,
    }));
    const byRank = answers.sort((a, b) => a.rank - b.rank);
    expect(byRank.map(({ rank }) => rank)).toEqual(byRank.map((_each, at) => at + 1));
    const { body } = await nodes[1].admin.get('/v1/leaderboards/newcomers/entries?limit=1000');
    expect((body.items as Submitted[]).map(({ member }) => member)).toEqual(
      byRank.map(({ member }) => member),
    );
  });

  it('that raise many members leave each where its last answer or a later one put it', async () => {
    const answers = await submitAtOnce('race', (client, turn) => ({
      member: `m${(client + turn) % 10}`,
      score: client * EACH + turn,
      operator: 'best',
    }));
    const { body } = await nodes[0].admin.get('/v1/leaderboards/race/entries?limit=1000');
    const best = new Map<string, number>();
    for (const { member, score } of answers) best.set(member, Math.max(best.get(member) ?? 0, score));
    expect((body.items as Submitted[]).map(({ member, score }) => [member, score])).toEqual(
      [...best].sort((a, b) => b[1] - a[1]),
    );
    for (const { rank, previousRank, previousScore, score } of answers) {
      // Whoever rises in its own step passes others and is passed by nobody.
      if (previousRank !== null && score !== previousScore) expect(rank).toBeLessThanOrEqual(previousRank);
    }
  });
});
