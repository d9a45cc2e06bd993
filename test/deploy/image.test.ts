import { chmod, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/redis/embedded/free-port.js';
import { ApiClient } from '../support/api-client.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADMIN_KEY, SESSION_KEYS } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { buildContext, ignoredBy } from './build-context.js';
import {
  type Container,
  entriesOf,
  type Entry,
  makeReadOnly,
  makeRemovable,
  start,
  untilEnded,
} from './container.js';
import { environmentOf, finalStage, healthCommand, last } from './dockerfile.js';
import { type BuiltStage, buildStages, runLines } from './image.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The one line that is not run each time: it writes 59,000 files, which are here already, put there by the same command. */
const INSTALL = 'npm ci --include=dev --no-audit --no-fund';
const linkInstalled = (to: string) => symlink(join(ROOT, 'node_modules'), join(to, 'node_modules'));
const instead = new Map(process.env.FULCRUM_FULL_FAULTS === '1' ? [] : [[INSTALL, linkInstalled]]);

let folder: string;
let redis: TestRedis;
let dockerfile: string;
let files: readonly string[];
let stages: ReadonlyMap<string, BuiltStage>;
let image: BuiltStage;
let built: readonly Entry[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-image-'));
  // Another user has to get in.
  await chmod(folder, 0o755);
  dockerfile = await readFile(join(ROOT, 'deploy/Dockerfile'), 'utf8');
  files = buildContext(ROOT);
  const into = join(folder, 'stages');
  await mkdir(into);
  // What this machine has fetched once need not be fetched again; the lines that are run stay as they are.
  const environment = { npm_config_prefer_offline: 'true' };
  [redis, stages] = await Promise.all([
    startRedis(),
    buildStages(dockerfile, { context: ROOT, files, into, environment, instead }),
  ]);
  image = imageOf(stages);
  built = entriesOf(image.root);
  makeReadOnly(image.root);
}, 240_000);

afterAll(async () => {
  await redis?.stop();
  makeRemovable(folder);
  await rm(folder, { recursive: true, force: true });
});

function imageOf(all: ReadonlyMap<string, BuiltStage>): BuiltStage {
  const found = all.get(finalStage(dockerfile).name);
  if (found === undefined) throw new Error('the image was not built');
  return found;
}

/** A container with what its operator sets, on a port of its own: all of them share this machine's. */
async function container(of: BuiltStage, given: Readonly<Record<string, string>>): Promise<Container> {
  const stage = finalStage(dockerfile);
  const [uid = 0, gid = 0] = last(stage, 'USER').text.split(':').map(Number);
  // Docker sets HOME to / for a user that /etc/passwd does not have.
  const environment = { HOME: '/', ...environmentOf(stage), PORT: String(await freePort()), ...given };
  return { image: of, user: { uid, gid }, environment };
}

const operators = () => ({ REDIS_URL: redis.serviceUrl, SESSION_KEYS, ADMIN_API_KEY: ADMIN_KEY });

interface Running {
  readonly api: ApiClient;
  readonly stop: () => Promise<{ code: number | null; output: string }>;
}

/** Runs CMD until HEALTHCHECK says that the container is healthy; fails if it ends, or stays unhealthy for `timeoutMs`. */
async function healthy(of: Container, timeoutMs = 45_000): Promise<Running> {
  const stage = finalStage(dockerfile);
  const child = start(of, last(stage, 'CMD').exec ?? []);
  const ended = untilEnded(child);
  let over: string | undefined;
  void ended.then(({ code, output }) => (over = `it ended with ${code}: ${output}`));
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  try {
    let said = '';
    await waitUntil(
      'the container is healthy',
      async () => {
        if (over !== undefined) throw new Error(over);
        const check = await untilEnded(start(of, healthCommand(stage)));
        said = check.output;
        // A check that cannot be run never will be.
        if (said.includes('Cannot find module')) throw new Error(said);
        return check.code === 0;
      },
      { timeoutMs, everyMs: 500 },
    );
    expect(said.trim()).toBe('/health/ready answers 200');
  } catch (error) {
    await stop();
    throw error;
  }
  return { api: new ApiClient(`http://127.0.0.1:${of.environment.PORT}`, ADMIN_KEY), stop };
}

describe('the build context', () => {
  it('has what a build takes, and no secret, data, history, test or installed package', () => {
    expect(files).toEqual(expect.arrayContaining(['package-lock.json', '.npmrc', 'src/main.ts']));
    const isIgnored = (path: string) => !files.includes(path);
    for (const path of ['.env', '.git/config', 'data/admin.key', 'deploy/secrets/service.env', 'README.md']) {
      expect(isIgnored(path)).toBe(true);
    }
    expect(
      files.filter((file) => file.endsWith('.test.ts') || !/^(src|deploy)\/|^[^/]+$/.test(file)),
    ).toEqual([]);
    expect(files.filter((file) => file.startsWith('deploy/'))).toEqual(['deploy/healthcheck.mjs']);
  });

  it('is told by a .dockerignore as Docker reads it', () => {
    const ignored = ignoredBy('# words\n*\n!src\n!deploy/a.mjs\n**/*.test.ts\nsrc/*/b?.ts\n');
    const paths = ['.env', 'deploy', 'deploy/a.mjs', 'deploy/b.mjs', 'src/a/c.ts', 'src/a.test.ts'];
    expect(paths.filter(ignored)).toEqual(['.env', 'deploy', 'deploy/b.mjs', 'src/a.test.ts']);
    expect(['src/a/b1.ts', 'src/a/b.ts', 'src/a/c/b1.ts'].filter(ignored)).toEqual(['src/a/b1.ts']);
  });
});

describe('the image', () => {
  it('is built by the lines of the Dockerfile', () => expect(runLines(dockerfile)).toContain(INSTALL));

  it('has the program and its packages, and nothing that was needed to build it', async () => {
    const own = built.filter(({ path, isFolder }) => !isFolder && !path.startsWith('app/node_modules/'));
    const others = own.filter(({ path }) => !/^app\/dist\/.*\.(js|lua)$/.test(path)).map(({ path }) => path);
    expect(others).toEqual(['app/LICENSE', 'app/healthcheck.mjs', 'app/package.json']);
    const paths = new Set(built.map(({ path }) => path));
    const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>;
    };
    const locked = Object.entries(packages).filter(([path]) => path !== '');
    const installed = (path: string) => paths.has(`app/${path}`);
    const isForDevelopment = ([, { dev, devOptional }]: (typeof locked)[number]) => dev || devOptional;
    expect(locked.filter(isForDevelopment).filter(([path]) => installed(path))).toEqual([]);
    const needed = locked.filter((entry) => !isForDevelopment(entry) && !entry[1].optional);
    expect(needed.filter(([path]) => !installed(path))).toEqual([]);
  });

  it('runs with nothing but a Redis and secrets, writes no file, and ends with 0', async () => {
    const { api, stop } = await healthy(await container(image, operators()));
    let ended;
    try {
      const submitted = await api.post('/v1/leaderboards/image/submissions', { member: 'm', score: 1 });
      expect([submitted.status, submitted.body]).toMatchObject([200, { member: 'm', score: 1 }]);
      for (const path of ['/docs', '/docs/swagger-ui-bundle.js', '/openapi.json', '/metrics']) {
        expect([path, (await api.get(path)).status]).toEqual([path, 200]);
      }
    } finally {
      ended = await stop();
    }
    expect(ended.code).toBe(0);
    expect(ended.output).toContain('"event":"service.stopped"');
    expect(entriesOf(image.root)).toEqual(built);
    const bytes = (part: string) =>
      built.filter(({ path }) => path.startsWith(part)).reduce((sum, entry) => sum + entry.bytes, 0) / 1e6;
    console.log(
      `the image adds ${bytes('').toFixed(1)} MB in ${built.length} files and folders to its base: ` +
        `node_modules ${bytes('app/node_modules').toFixed(1)}, dist ${bytes('app/dist').toFixed(1)}`,
    );
  });

  it('serves with several processes', async () => {
    const { api, stop } = await healthy(await container(image, { ...operators(), WORKERS: '2' }));
    let ended;
    try {
      // While one of them still starts, they cannot be added up.
      await waitUntil('the metrics of all', async () => (await api.get('/metrics')).status === 200, {
        timeoutMs: 30_000,
      });
    } finally {
      ended = await stop();
    }
    expect(ended.code).toBe(0);
    expect(entriesOf(image.root)).toEqual(built);
  });

  it('is unhealthy, and says so, as long as nobody answers', async () => {
    const check = start(await container(image, operators()), healthCommand(finalStage(dockerfile)));
    expect(await untilEnded(check)).toEqual({ code: 1, output: expect.stringContaining('ECONNREFUSED') });
  });

  it.each([
    ['a Redis', 'REDIS_URL', 'set REDIS_URL to a Redis'],
    ['an admin key, for which it has no folder', 'ADMIN_API_KEY', "permission denied, mkdir 'data'"],
  ])('does not start without %s, and says so', async (_what, name, words) => {
    const { [name]: _left, ...given } = operators() as Record<string, string>;
    const child = start(await container(image, given), last(finalStage(dockerfile), 'CMD').exec ?? []);
    expect(await untilEnded(child)).toEqual({ code: 1, output: expect.stringContaining(words) });
    expect(entriesOf(image.root)).toEqual(built);
  });
});

describe('an image without one of its COPY lines', () => {
  it.each([0, 1, 2])('does not become healthy: line %i', async (at) => {
    const line =
      finalStage(dockerfile).instructions.filter(({ keyword }) => keyword === 'COPY')[at]?.lines ?? '';
    const before = dockerfile.slice(0, dockerfile.lastIndexOf('\nFROM '));
    const broken = before + dockerfile.slice(before.length).replace(`${line}\n`, '');
    expect(broken).toHaveLength(dockerfile.length - line.length - 1);
    const into = join(folder, `without-${at}`);
    await mkdir(into);
    const others = new Map([...stages].filter(([, stage]) => stage !== image));
    const without = imageOf(await buildStages(broken, { context: ROOT, files, into, built: others }));
    await expect(healthy(await container(without, operators()))).rejects.toThrow(
      /Cannot find (module|package)/,
    );
  });
});
