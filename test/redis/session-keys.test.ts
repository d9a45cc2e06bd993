import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginService, embeddedUrl } from '../faults/processes.js';
import { startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';

const HASH = 'fulcrum:default:{leaderboards:board}:metadata';
const ENTRY = '/v1/leaderboards/board/entries/a';

let folder: string;
let settings: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-session-keys-'));
  settings = { DATA_DIR: folder, ENCRYPT_AT_REST: 'on', LOG_LEVEL: 'info' };
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a service with a Redis of its own', () => {
  it('makes a key that the next start has too, and tells of what it cannot read in the log alone', async () => {
    const file = join(folder, 'session.keys');
    const metadata = { name: 'canary' };
    const first = await startServiceProcess(settings);
    await first.admin.post('/v1/leaderboards/board/submissions', { member: 'a', score: 1, metadata });
    const keys = await readFile(file, 'utf8');
    const [id = '', secret = ''] = keys.trim().split(':');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const client = new Redis(await embeddedUrl(folder));
    const sealed = await client.hget(HASH, 'a');
    expect(sealed?.startsWith(`enc1:${id}:`)).toBe(true);
    await client.hset(HASH, 'b', sealed ?? '');
    client.disconnect();
    await first.admin.post('/v1/leaderboards/board/submissions', { member: 'b', score: 2 });
    expect((await first.admin.get('/v1/leaderboards/board/entries/b')).status).toBe(503);
    const line = await waitUntil('the log line', () =>
      first
        .stdout()
        .split('\n')
        .find((text) => text.includes('encryption.unreadable')),
    );
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      code: 'encryption.unreadable',
      parameters: { board: 'board', member: '[redacted]' },
      err: {
        cause: {
          message: `leaderboards.metadata under the key ${id} was changed, or sealed for another place`,
        },
      },
    });
    expect(await first.stop()).toBe(0);
    for (const output of [first.stdout(), first.stderr()]) {
      for (const hidden of ['canary', secret, sealed?.slice(-40) ?? ''])
        expect(output.includes(hidden), hidden).toBe(false);
    }

    const second = await startServiceProcess(settings);
    expect((await second.admin.get(ENTRY)).body.metadata).toEqual(metadata);
    expect(await readFile(file, 'utf8')).toBe(keys);
    expect(await second.stop()).toBe(0);

    await writeFile(file, 'canary');
    const third = beginService(settings);
    expect(await third.ended).toBe(1);
    expect(third.stderr()).toContain(`${file} must hold comma-separated <id>:<base64 of 32 bytes>`);
    expect(third.stderr()).not.toMatch(/canary| at .*\.js/);
  }, 120_000);
});
