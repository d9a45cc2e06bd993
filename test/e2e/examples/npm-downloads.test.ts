import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

const EXAMPLE = fileURLToPath(
  new URL('../../../examples/leaderboards/load-npm-downloads.mjs', import.meta.url),
);
const DATA = new URL('../../../examples/data/npm-downloads.csv', import.meta.url);

/** The file's packages by downloads, those with equal ones in the order of the file. */
const sorted = readFileSync(DATA, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => ({ name: line.split(',')[0] ?? '', downloads: Number(line.split(',')[1]) }))
  .sort((a, b) => b.downloads - a.downloads)
  .map(({ name, downloads }, at) => ({ rank: at + 1, name, downloads }));

let topology: Topology;
let service: TestService;
let folder: string;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-example-'));
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the example in `folder` as a person would, but without a terminal. */
async function runExample(args: readonly string[], key: string | undefined) {
  const child = spawn(process.execPath, [EXAMPLE, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...(key === undefined ? {} : { FULCRUM_API_KEY: key }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** The rows of the printed tables, in their order. */
function rowsOf(stdout: string) {
  return [...stdout.matchAll(/^│ +([\d,]+) │ (> )?(\S+) +│ +([\d,]+) │$/gm)].map(
    ([, rank = '', mark, name = '', downloads = '']) => ({
      row: { rank: Number(rank.replaceAll(',', '')), name, downloads: Number(downloads.replaceAll(',', '')) },
      marked: mark !== undefined,
    }),
  );
}

describe('the example of npm downloads', () => {
  it('prints the true top 10 and a neighbourhood, as README.md shows them, and the same when it is run again', async () => {
    const first = await runExample(['--url', service.url], ADMIN_KEY);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const rows = rowsOf(first.stdout);
    expect(rows.slice(0, 10).map(({ row }) => row)).toEqual(sorted.slice(0, 10));
    const at = sorted.findIndex(({ name }) => name === 'express');
    expect(rows.slice(10).map(({ row }) => row)).toEqual(sorted.slice(at - 3, at + 4));
    expect(rows.filter(({ marked }) => marked).map(({ row }) => row.name)).toEqual(['express']);
    expect(first.stdout).toContain('Top 10 of 10,000');

    const readme = readFileSync(new URL('../../../examples/README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`\`\`\`\n${first.stdout.trimEnd()}\n\`\`\``);

    const again = await runExample(['--url', service.url], ADMIN_KEY);
    expect(again).toEqual(first);
  });

  it('shows the package that it is asked for, at an edge too', async () => {
    const last = sorted.at(-1)!;
    const { code, stdout } = await runExample(['--url', service.url, '--package', last.name], ADMIN_KEY);
    expect(code).toBe(0);
    expect(
      rowsOf(stdout)
        .slice(10)
        .map(({ row }) => row),
    ).toEqual(sorted.slice(-7));
  });

  it('takes the admin key from the data folder', async () => {
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'admin.key'), `${ADMIN_KEY}\n`);
    const { code, stdout } = await runExample(['--url', service.url], undefined);
    await rm(join(folder, 'data'), { recursive: true });
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toHaveLength(17);
  });

  it.each([
    ['there is no key', [], undefined, 'There is no API key: set FULCRUM_API_KEY'],
    [
      'no service answers',
      ['--url', 'http://127.0.0.1:1'],
      ADMIN_KEY,
      'No service answers at http://127.0.0.1:1',
    ],
    ['the key is unknown', [], 'fk_nobody_0123456789', 'does not know the API key'],
    [
      'there is no such package',
      ['--package', 'no such package'],
      ADMIN_KEY,
      'answered 404: The member has no entry',
    ],
  ] as const)('says what to do when %s', async (_what, args, key, message) => {
    const { code, stderr } = await runExample(['--url', service.url, ...args], key);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });
});
