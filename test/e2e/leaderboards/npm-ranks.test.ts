import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import {
  type NpmPackage,
  type NpmRanks,
  rankBySorting,
  readAll,
  readPackages,
  submitAll,
} from './npm-packages.js';

const RANKINGS = ['ordinal', 'competition', 'dense'] as const;
const BOARD = '/v1/leaderboards/npm';

let topology: Topology;
let service: TestService;
let packages: NpmPackage[];
let ranked: NpmRanks[];

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  packages = await readPackages();
  ranked = rankBySorting(packages, 'descending');
  expect(packages).toHaveLength(10_000);
  await service.admin.put(BOARD, { denseRanks: true });
  await submitAll(service.admin, 'npm', packages);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

const rows = (ranking: (typeof RANKINGS)[number], from: readonly NpmRanks[]) =>
  from.map((each) => ({ member: each.member, score: each.score, rank: each[ranking] }));
const pathOf = (member: string) => `${BOARD}/entries/${encodeURIComponent(member)}`;

describe.each(RANKINGS)('10,000 npm packages by %s rank', (ranking) => {
  it('are on all pages as sorting the file has them', async () => {
    const listed = await readAll(service.admin, `${BOARD}/entries`, { query: `&ranking=${ranking}` });
    expect(listed).toEqual(rows(ranking, ranked));
  });

  it('are the same on pages whose size divides nothing', async () => {
    const listed = await readAll(service.admin, `${BOARD}/entries`, {
      limit: 777,
      query: `&ranking=${ranking}`,
    });
    expect(listed).toEqual(rows(ranking, ranked));
  });

  it('are the same one by one, with the share of entries that are no better', async () => {
    const sample = ranked.filter((_each, at) => at % 23 === 0 || at < 20 || at >= ranked.length - 20);
    const asked = await Promise.all(
      sample.map(async (each) => {
        const { body } = await service.admin.get(`${pathOf(each.member)}?ranking=${ranking}`);
        return body as unknown;
      }),
    );
    expect(asked).toEqual(
      sample.map((each) => ({
        member: each.member,
        score: each.score,
        rank: each[ranking],
        percentile: (100 * (ranked.length - each.competition + 1)) / ranked.length,
        metadata: null,
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      })),
    );
  });

  it('are the same when 1000 at a time are looked up', async () => {
    const rankOf = new Map(ranked.map((each) => [each.member, each]));
    for (let at = 0; at < packages.length; at += 1000) {
      const members = packages.slice(at, at + 1000).map(({ member }) => member);
      members[0] = `absent ${at}`;
      const { body } = await service.admin.post(`${BOARD}/entries/lookup`, { members, ranking });
      const wanted = members
        .flatMap((member) => rankOf.get(member) ?? [])
        .sort((a, b) => a.ordinal - b.ordinal);
      expect(body).toEqual({ items: rows(ranking, wanted), missing: [`absent ${at}`] });
    }
  });

  it('have their neighbours at both edges and in the middle', async () => {
    const last = ranked.length - 1;
    for (const limit of [1, 2, 9, 10, 1000]) {
      for (const at of [0, 1, 4, 5, 6, 499, 5000, last - 6, last - 5, last - 4, last - 1, last]) {
        const { body } = await service.admin.get(
          `${pathOf(ranked[at]!.member)}/around?limit=${limit}&ranking=${ranking}`,
        );
        const from = body.items[0].member;
        const start = ranked.findIndex(({ member }) => member === from);
        expect(body.items).toEqual(rows(ranking, ranked.slice(start, start + limit)));
        expect(body.items).toHaveLength(limit);
        expect(body.total).toBe(ranked.length);
        // In the middle, unless the board ends before the window does.
        const above = at - start;
        const isCentred = above === Math.floor(limit / 2);
        expect(isCentred || start === 0 || start + limit === ranked.length).toBe(true);
        expect(above >= 0 && above < limit).toBe(true);
      }
    }
  });
});

describe('pages while others submit', () => {
  it('hold every entry below the cursor once while submissions go on above it', async () => {
    await service.admin.put('/v1/leaderboards/busy', {});
    await submitAll(service.admin, 'busy', packages);
    const top = ranked[0]!.score;
    let round = 0;
    // Newcomers, and entries of the first page that rise: both stay above every cursor.
    const above = async () => {
      round++;
      await submitAll(service.admin, 'busy', [
        ...Array.from({ length: 40 }, (_each, at) => ({
          member: `new ${round} ${at}`,
          score: top + round * 100 + at,
        })),
        ...ranked
          .slice(round * 5, round * 5 + 5)
          .map(({ member }) => ({ member, score: top + 10_000 + round })),
      ]);
    };
    const listed = await readAll(service.admin, '/v1/leaderboards/busy/entries', {
      limit: 500,
      between: above,
    });
    expect(round).toBe(19);
    expect(listed.map(({ member }) => member)).toEqual(ranked.map(({ member }) => member));
    const { body } = await service.admin.get('/v1/leaderboards/busy');
    expect(body.total).toBe(ranked.length + 40 * round);
  });
});
