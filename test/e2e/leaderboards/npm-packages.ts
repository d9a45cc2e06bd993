import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';
import { listed } from './answers.js';

export interface NpmPackage {
  readonly member: string;
  readonly score: number;
}

/** The ranks of one package by all three counts. */
export interface NpmRanks extends NpmPackage {
  readonly ordinal: number;
  readonly competition: number;
  readonly dense: number;
}

/** The packages of examples/data/npm-downloads.csv, in the order of the file. */
export async function readPackages(): Promise<NpmPackage[]> {
  const file = new URL('../../../examples/data/npm-downloads.csv', import.meta.url);
  const [, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const comma = line.lastIndexOf(',');
    return { member: line.slice(0, comma), score: Number(line.slice(comma + 1)) };
  });
}

/** `packages` from the top by sorting alone; `tie` orders equal scores and leaves the file's order if it gives 0. */
export function rankBySorting(
  packages: readonly NpmPackage[],
  order: 'ascending' | 'descending',
  tie: (a: string, b: string) => number = () => 0,
): NpmRanks[] {
  const sign = order === 'ascending' ? 1 : -1;
  const sorted = packages
    .map((each, at) => ({ ...each, at }))
    .sort((a, b) => sign * (a.score - b.score) || tie(a.member, b.member) || a.at - b.at);
  let competition = 0;
  let dense = 0;
  let before: number | undefined;
  return sorted.map(({ member, score }, index) => {
    if (score !== before) {
      competition = index + 1;
      dense++;
    }
    before = score;
    return { member, score, ordinal: index + 1, competition, dense };
  });
}

export async function submitAll(
  client: ApiClient,
  board: string,
  rows: readonly NpmPackage[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += 1000) {
    const { status, body } = await client.post(`/v1/leaderboards/${board}/submissions/batch`, {
      submissions: rows.slice(at, at + 1000).map(({ member, score }) => ({ member, score })),
    });
    expect(status).toBe(200);
    const refused = listed(body.results).filter(({ status: each }) => each !== 200);
    expect(refused).toEqual([]);
  }
}

/** All entries of a board through its pages; `between` runs after each page but the last. */
export async function readAll(
  client: ApiClient,
  path: string,
  {
    limit = 1000,
    query = '',
    between,
  }: { limit?: number; query?: string; between?: () => Promise<void> } = {},
): Promise<{ member: string; score: number; rank: number }[]> {
  const items: { member: string; score: number; rank: number }[] = [];
  let next: string | null = null;
  do {
    const cursor: string = next === null ? '' : `&cursor=${next}`;
    const page = await client.get(`${path}?limit=${limit}${query}${cursor}`);
    expect(page.status, JSON.stringify(page.body)).toBe(200);
    items.push(...page.body.items);
    next = page.body.next;
    if (next !== null && between) await between();
  } while (next !== null);
  return items;
}
