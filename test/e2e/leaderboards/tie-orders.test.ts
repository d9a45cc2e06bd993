import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { type NpmPackage, rankBySorting, readAll, readPackages, submitAll } from './npm-packages.js';

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

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Members whose order by bytes is not that by UTF-16 units, by code of a locale, or by length. */
const AWKWARD = [
  'a', 'aa', 'B', 'b', 'é', 'e', 'z', 'ß', 'Ω', '日本', '日', '～', '\ue000', '\uffee', '😀', '𝒳', '🏴', ' ', '~', '%', '/',
  'a/b', "'", '"', '\\', '\\0', '0', '10', '9', '-1', '1e5', 'nan', 'inf', '{x}', 'ÿ', '\u00a0', '\u2028',
]; // prettier-ignore

function awkwardRows(): NpmPackage[] {
  return AWKWARD.flatMap((member, at) => [
    { member, score: 7 },
    { member: `${member}·${at}`, score: at % 3 },
  ]);
}

describe.each(['descending', 'ascending'] as const)('%s boards', (order) => {
  it('rank 10,000 packages with ties by member in byte order', async () => {
    const packages = await readPackages();
    const board = `member-${order}`;
    await service.admin.put(`/v1/leaderboards/${board}`, { ties: 'member', order, denseRanks: true });
    await submitAll(service.admin, board, packages);
    const ranked = rankBySorting(packages, order, byBytes);
    for (const ranking of ['ordinal', 'competition', 'dense'] as const) {
      const listed = await readAll(service.admin, `/v1/leaderboards/${board}/entries`, {
        query: `&ranking=${ranking}`,
      });
      expect(listed).toEqual(
        ranked.map((each) => ({ member: each.member, score: each.score, rank: each[ranking] })),
      );
    }
  });

  it('rank packages with ties by arrival in the order of the file', async () => {
    const packages = (await readPackages()).slice(0, 3000).map(({ member, score }) => ({
      member,
      score: score % 50,
    }));
    const board = `arrival-${order}`;
    await service.admin.put(`/v1/leaderboards/${board}`, { order });
    await submitAll(service.admin, board, packages);
    const listed = await readAll(service.admin, `/v1/leaderboards/${board}/entries`, { limit: 333 });
    expect(listed.map(({ member }) => member)).toEqual(
      rankBySorting(packages, order).map(({ member }) => member),
    );
  });

  it.each(['member', 'arrival'] as const)('page by %s through members of any UTF-8', async (ties) => {
    const board = `awkward-${ties}-${order}`;
    const submitted = awkwardRows();
    await service.admin.put(`/v1/leaderboards/${board}`, { ties, order });
    await submitAll(service.admin, board, submitted);
    const ranked = rankBySorting(submitted, order, ties === 'member' ? byBytes : undefined);
    const listed = await readAll(service.admin, `/v1/leaderboards/${board}/entries`, { limit: 1 });
    expect(listed).toEqual(ranked.map(({ member, score, ordinal }) => ({ member, score, rank: ordinal })));
    for (const { member, score, ordinal } of ranked) {
      const { body } = await service.admin.get(
        `/v1/leaderboards/${board}/entries/${encodeURIComponent(member)}`,
      );
      expect(body).toMatchObject({ member, score, rank: ordinal });
    }
  });

  it('sort differently by bytes than by UTF-16 units, so that the test above can tell', () => {
    expect([...AWKWARD].sort(byBytes)).not.toEqual([...AWKWARD].sort());
  });
});

describe('ties by member', () => {
  it('keep no arrival, so an entry has no updatedAt', async () => {
    await service.admin.put('/v1/leaderboards/plain', { ties: 'member' });
    await submitAll(service.admin, 'plain', [{ member: 'a', score: 1 }]);
    const { body } = await service.admin.get('/v1/leaderboards/plain/entries/a');
    expect(body).toEqual({
      member: 'a',
      score: 1,
      rank: 1,
      percentile: 100,
      metadata: null,
      updatedAt: null,
    });
  });
});
