import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginSessions, damaged, newKey } from '../e2e/operations/sealed-world.js';
import { reseal } from '../support/reseal-command.js';
import { startServiceProcess } from '../support/service-process.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-reseal-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('npm run reseal beside a service with a Redis of its own', () => {
  it('finds that Redis and the keys, and nothing where no service runs', async () => {
    const settings = { DATA_DIR: folder, ENCRYPT_AT_REST: 'on' };
    const file = join(folder, 'session.keys');
    const first = await startServiceProcess(settings);
    const sessions = await beginSessions(first.admin, 20, 'x');
    expect(await first.stop()).toBe(0);
    const stopped = await reseal(settings);
    expect(stopped).toMatchObject({ code: 1, stdout: '' });
    expect(stopped.stderr).toContain('No service with an embedded Redis runs');

    const fresh = newKey('fresh');
    await writeFile(file, `${fresh},\n${await readFile(file, 'utf8')}`);
    const second = await startServiceProcess(settings);
    const run = await reseal(settings);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('sessions: 20 looked at, 20 resealed, 0 unreadable');
    expect(await damaged(second.admin, sessions)).toBe(0);
    expect(await second.stop()).toBe(0);

    await writeFile(file, `${fresh}\n`);
    const third = await startServiceProcess(settings);
    expect(await damaged(third.admin, sessions)).toBe(0);
    expect(await third.stop()).toBe(0);
  }, 180_000);
});
