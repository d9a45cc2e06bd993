import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-settings-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program with settings under which it does not start. */
async function run(environment: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: join(folder, 'data'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, stdout, stderr };
}

describe('a start with wrong settings', () => {
  it('ends with every problem at once, a line each, before anything is started', async () => {
    const { code, stdout, stderr } = await run({
      PORT: '80000',
      LOG_LEVEL: 'loud',
      REDIS_TIMEOUT_MS: '1.5',
      REDIS_URL: 'http://:secret-canary@127.0.0.1:1',
      REDIS_CLUSTER_NODES: 'redis://:secret-canary@127.0.0.1:1,ftp://x',
      ADMIN_API_KEY: 'secret-canary',
      JWT_SECRET: 'secret-canary',
      JWT_JWKS_URL: 'not a url',
      REDIS_KEY_PREFIX: 'a{b}',
      ROLES: '["reader"]',
    });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      'The settings are invalid:',
      '  PORT: "80000" must be a whole number from 0 to 65535',
      '  REDIS_URL: the value (hidden) must be a URL that starts with redis:// or rediss://',
      '  REDIS_CLUSTER_NODES: the value (hidden) must be comma-separated URLs that start with redis:// or rediss://',
      '  REDIS_TIMEOUT_MS: "1.5" must be a whole number from 50 to 60000',
      '  REDIS_KEY_PREFIX: "a{b}" must be 1 to 64 of A-Z a-z 0-9 . _ -',
      '  ADMIN_API_KEY: the value (hidden) must look like fk_<id>_<secret>, the secret 8 to 256 visible ASCII characters',
      '  ROLES: "[\\"reader\\"]" must be a JSON object of role names, each with an array of permissions',
      '  JWT_SECRET: the value (hidden) must be at least 32 bytes long',
      '  JWT_JWKS_URL: "not a url" must be a URL that starts with http:// or https://',
      '  LOG_LEVEL: "loud" must be one of trace, debug, info, warn, error, silent',
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('ends where two settings exclude each other', async () => {
    const { code, stderr } = await run({
      REDIS_URL: 'redis://:secret-canary@127.0.0.1:1',
      REDIS_CLUSTER_NODES: 'redis://127.0.0.1:1',
      JWT_SECRET: 'secret-canary-of-at-least-thirty-two-bytes',
      JWT_JWKS_URL: 'http://127.0.0.1:1/jwks',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('REDIS_URL and REDIS_CLUSTER_NODES exclude each other');
    expect(stderr).toContain('JWT_SECRET and JWT_JWKS_URL exclude each other');
    expect(stderr).not.toContain('canary');
  });
});
