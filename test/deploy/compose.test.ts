import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import { freePort } from '../../src/redis/embedded/free-port.js';
import { ServerProcess } from '../../src/redis/embedded/server-process.js';
import { endWithThisProcess, onFreePorts, redisBinary } from '../support/redis-server.js';
import { startService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { problemsOf } from './compose-rules.js';
import { documentsOf, read, ROOT, type Loose } from './files.js';

const text = read('deploy/compose.yaml');

let folder: string;
let made: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-compose-'));
  await makeSecrets();
  made = (await readdir(folder)).map((name) => `secrets/${name}`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const makeSecrets = () => promisify(execFile)('sh', [join(ROOT, 'deploy/compose-secrets.sh'), folder]);
const secret = (name: string) => readFile(join(folder, name), 'utf8');
const isThere = (file: string) => made.includes(file) || existsSync(join(ROOT, 'deploy', file));
const only = (yaml: string): Loose => documentsOf(yaml)[0] ?? {};

/** What is in service.env, as Compose reads it. */
async function serviceEnvironment(): Promise<Record<string, string>> {
  const lines = (await secret('service.env')).split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

describe('compose.yaml', () => {
  it('has no problem', () => expect(problemsOf(only(text), isThere)).toEqual([]));

  it.each([
    ['a setting that there is not', 'SHUTDOWN_GRACE_MS:', 'SHUTDOWN_GRACE:', 'SHUTDOWN_GRACE is no setting'],
    ['a secret in it', 'ROLE: api', 'ROLE: api, ADMIN_API_KEY: x', 'ADMIN_API_KEY stands in the file'],
    ['a root file system to write to', 'read_only: true', 'read_only: false', 'api-1: its root file system'],
    ['capabilities', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'worker: capabilities are left'],
    [
      'privileges to gain',
      "security_opt: ['no-new-",
      "security_opt: ['new-",
      'api-2: new privileges are possible',
    ],
    ['a stop that is cut off', 'stop_grace_period: 20s', 'stop_grace_period: 10s', 'api-1: is killed within'],
    ['no limits', "limits: { cpus: '1', memory: 512M, pids: 128 }", 'limits: {}', 'api-1: has no limits'],
    [
      'a published Redis',
      'networks: [redis]\n',
      "networks: [redis]\n    ports: ['127.0.0.1:6379:6379']\n",
      'is published',
    ],
    [
      'a Redis that others reach',
      'internal: true',
      'internal: false',
      'redis is in redis, which is not internal',
    ],
    [
      'a Redis that forgets',
      "volumes: ['redis-data:/data']",
      "volumes: ['redis-data:/d']",
      'redis keeps nothing',
    ],
    ['Redis as root', "user: '999:999'", "user: '0:999'", 'redis: runs as root'],
    ['a port for everybody', "'127.0.0.1:3001:3000'", "'3001:3000'", 'is published to the network'],
    ['a secret that nobody makes', 'secrets/users.acl', 'secrets/user.acl', 'there is no secrets/user.acl'],
    ['one that is not mounted', 'redis-client, redis-client-key]', 'redis-client]', 'which is not mounted'],
    ['another image', 'fulcrum:0.1.0', 'fulcrum:latest', 'api-1: fulcrum:latest has no version'],
    [
      'a start before Redis',
      'condition: service_healthy',
      'condition: service_started',
      'does not wait until redis',
    ],
    ['no worker', '  worker:', '  workers:', 'there is no worker'],
    [
      'a word that Compose does not know',
      'restart: unless-stopped',
      'restarts: always',
      'restarts is no word',
    ],
  ])('is refused with %s', (_what, from, to, problem) => {
    const broken = text.replace(from, to);
    expect(broken).not.toBe(text);
    expect(problemsOf(only(broken), isThere).join('\n')).toContain(problem);
  });

  it('is refused if a key is there twice', () => {
    expect(() => only(text.replace('name: fulcrum', 'name: fulcrum\nname: other'))).toThrow('unique');
  });
});

describe('compose-secrets.sh', () => {
  it('makes what the service takes, each time anew, and shows none of it', async () => {
    const { stdout, stderr } = await makeSecrets();
    const environment = await serviceEnvironment();
    expect(Object.keys(environment)).toEqual(['REDIS_URL', 'SESSION_KEYS', 'ADMIN_API_KEY']);
    expect(loadSettings(environment).SESSION_KEYS?.[0]?.secret).toHaveLength(32);
    expect(environment.ADMIN_API_KEY).toMatch(/^fk_admin_[0-9a-f]{64}$/);
    for (const value of Object.values(environment)) expect(stdout + stderr).not.toContain(value);
  });

  it('closes its folder, and opens to containers only what is mounted', async () => {
    const mode = async (name: string) => ((await stat(join(folder, name))).mode & 0o777).toString(8);
    expect(await mode('.')).toBe('700');
    const mounted = Object.values(only(text).secrets as Record<string, { file: string }>).map(
      ({ file }) => file,
    );
    for (const file of made) {
      expect([file, await mode(file.replace('secrets/', ''))]).toEqual([
        file,
        mounted.includes(file) ? '644' : '600',
      ]);
    }
  });

  it('keeps what is there, and the keys of what is stored also when it makes new passwords', async () => {
    const before = await serviceEnvironment();
    const certificate = await secret('redis-server.pem');
    await makeSecrets();
    expect(await serviceEnvironment()).toEqual(before);
    expect(await secret('redis-server.pem')).toBe(certificate);
    await writeFile(join(folder, 'service.env'), `${await secret('service.env')}LOG_LEVEL=warn\n`);
    await rm(join(folder, 'users.acl'));
    await makeSecrets();
    const { REDIS_URL, ...kept }: Record<string, string> = { ...before, LOG_LEVEL: 'warn' };
    const after = await serviceEnvironment();
    expect(after).toEqual({ ...kept, REDIS_URL: expect.stringMatching(/^rediss:/) });
    expect(after.REDIS_URL).not.toBe(REDIS_URL);
  });
});

describe('the Redis of compose.yaml', () => {
  const services = () => only(text).services as Record<string, Loose>;
  /** Where the file of a secret is here. */
  const fileOf = (name: string) =>
    join(folder, String(only(text).secrets[name].file).replace('secrets/', ''));
  /** Words with the paths in the container of Redis in them, as they are here. */
  function inPlace(words: string): string {
    const mounted = services().redis?.secrets as (string | { source: string; target: string })[];
    return mounted
      .map((one) => (typeof one === 'string' ? { source: one, target: `/run/secrets/${one}` } : one))
      .reduce((done, { source, target }) => done.replaceAll(target, fileOf(source)), words);
  }

  async function startRedis() {
    const directory = await mkdtemp(join(tmpdir(), 'fulcrum-compose-redis-'));
    const binary = await redisBinary();
    const port = await freePort();
    const [, command = ''] = String(services().redis?.command).split(
      'exec redis-server /etc/redis/redis.conf',
    );
    const options = command.replace('--dir /data', '').split('--');
    const lines = [read('deploy/redis/redis.conf'), ...options, `tls-port ${port}`, 'bind 127.0.0.1', ''];
    await writeFile(join(directory, 'redis.conf'), inPlace(lines.join('\n')));
    const server = new ServerProcess(binary, directory, 'nothing');
    const ended = endWithThisProcess(server);
    let how: string | undefined;
    void server.ended.then((said) => (how = `${said}: ${server.lastLines.join('\n')}`));
    /** The health check of the container, at the port that the server has here. */
    const check = async (): Promise<boolean> => {
      if (how !== undefined) throw new Error(`Redis ${how}`);
      const [, line = ''] = services().redis?.healthcheck.test as string[];
      const shell = inPlace(line.replaceAll('$$', '$').replace('redis-cli', `redis-cli -p ${port}`));
      const path = [dirname(binary.path), process.env.PATH].join(delimiter);
      return await promisify(execFile)('sh', ['-c', shell], { env: { ...binary.env, PATH: path } }).then(
        () => true,
        () => false,
      );
    };
    const stop = async () => {
      ended();
      await server.end(2000);
      await rm(directory, { recursive: true, force: true });
    };
    return { port, check, stop };
  }

  it('starts with redis.conf and the secrets, is healthy, and serves the service', async () => {
    const redis = await onFreePorts(startRedis);
    try {
      await waitUntil('Redis is healthy', redis.check);
      const given = await serviceEnvironment();
      const environment = services()['api-1']?.environment as Record<string, string>;
      const here = Object.entries(environment).map(([name, value]) => {
        const [, mounted] = /^\/run\/secrets\/(.*)$/.exec(value) ?? [];
        return [name, mounted === undefined ? value : fileOf(mounted)] as const;
      });
      const service = await startService({
        ...given,
        ...Object.fromEntries(here),
        REDIS_URL: given.REDIS_URL?.replace('@redis:6379', `@127.0.0.1:${redis.port}`) ?? '',
      });
      try {
        const admin = service.as(given.ADMIN_API_KEY);
        expect((await admin.get('/health/ready')).body).toMatchObject({ status: 'ok' });
        const answer = await admin.post('/v1/leaderboards/compose/submissions', { member: 'm', score: 1 });
        expect(answer.status).toBe(200);
      } finally {
        await service.stop();
      }
    } finally {
      await redis.stop();
    }
  });

  it('is not healthy for whoever has another password', async () => {
    const redis = await onFreePorts(startRedis);
    try {
      await waitUntil('Redis is healthy', redis.check);
      await writeFile(join(folder, 'redis-health-password'), 'another');
      expect(await redis.check()).toBe(false);
    } finally {
      await redis.stop();
    }
  });
});
