import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedRedis, type EmbeddedRedisOptions } from '../../src/redis/embedded/embedded-redis.js';
import { findRedisBinary, type RedisBinary } from '../../src/redis/embedded/redis-binary.js';

const DOWNLOAD_MS = 180_000;
const KILLS = 5;
const lines: string[] = [];
const log = {
  info: (message: string): void => void lines.push(message),
  warn: (message: string): void => void lines.push(message),
};

let binary: RedisBinary;
let folder: string;
let running: EmbeddedRedis[] = [];
let clients: Redis[] = [];
let services: ChildProcess[] = [];

beforeAll(async () => {
  binary = await findRedisBinary({
    path: process.env['PATH'] ?? '',
    cacheDirectory: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'fulcrum'),
    log,
  });
}, DOWNLOAD_MS);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded redis '));
  lines.length = 0;
});

afterEach(async () => {
  for (const client of clients) client.disconnect();
  for (const redis of running) await redis.stop();
  for (const service of services) if (service.exitCode === null) service.kill('SIGKILL');
  await endServer(join(folder, 'data'));
  running = [];
  clients = [];
  services = [];
  await rm(folder, { recursive: true, force: true });
});

/** Ends the server that a test left behind because it failed half-way. */
async function endServer(directory: string): Promise<void> {
  const url = await readFile(join(directory, 'redis.url'), 'utf8').catch(() => undefined);
  if (url === undefined) return;
  const client = connect(url.trim(), 'test', { maxRetriesPerRequest: 1 });
  await client.shutdown('NOSAVE').catch(() => undefined);
  client.disconnect();
}

async function start(
  directory = join(folder, 'data'),
  changes: Partial<Pick<EmbeddedRedisOptions, 'binary' | 'extraConfig' | 'appendFsync'>> = {},
): Promise<EmbeddedRedis> {
  const redis = await EmbeddedRedis.start({
    directory,
    binary,
    appendFsync: 'everysec',
    log,
    ...changes,
  });
  running.push(redis);
  return redis;
}

function connect(url: string, connectionName = 'test', options: RedisOptions = {}): Redis {
  const client = new Redis(url, { connectionName, retryStrategy: () => 10, ...options });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

async function waitUntil(
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function mode(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

/** Runs EmbeddedRedis in another process, as a service would, and returns when its server answers. */
async function startElsewhere(directory: string): Promise<{ service: ChildProcess; url: string }> {
  const program = `
    import { runnerImport } from 'vite';
    const { module } = await runnerImport('./src/redis/embedded/embedded-redis.ts');
    const [directory, binary] = process.argv.slice(-2);
    const log = { info() {}, warn() {} };
    const options = { directory, binary: JSON.parse(binary), appendFsync: 'everysec', log };
    const redis = await module.EmbeddedRedis.start(options);
    process.stdout.write(redis.url + '\\n');
    setInterval(() => {}, 1000);
  `;
  const service = spawn(
    process.execPath,
    ['--input-type=module', '-e', program, '--', directory, JSON.stringify(binary)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  services.push(service);
  const said: unknown[] = await once(service.stdout, 'data');
  return { service, url: String(said[0]).trim() };
}

async function kill(service: ChildProcess): Promise<void> {
  const gone = once(service, 'exit');
  service.kill('SIGKILL');
  await gone;
}

describe('EmbeddedRedis', () => {
  it('keeps data over stop and start', async () => {
    const first = await start();
    await connect(first.url).set('greeting', 'hello');
    await first.stop();

    const second = await start();
    expect(await connect(second.url).get('greeting')).toBe('hello');
    const config = await connect(second.url).config('GET', 'maxmemory-policy');
    expect(config).toEqual(['maxmemory-policy', 'noeviction']);
  });

  it('applies extra configuration', async () => {
    const redis = await start(undefined, { extraConfig: ['maxmemory 64mb'] });
    const config = await connect(redis.url).config('GET', 'maxmemory');
    expect(config).toEqual(['maxmemory', String(64 * 1024 * 1024)]);
  });

  it('comes back at the same URL with every acknowledged write when its process is killed', async () => {
    // One that flushes every second keeps writes back while a flush takes long, and answers all the same.
    const redis = await start(undefined, { appendFsync: 'always' });
    const { url } = redis;
    const writer = connect(url, 'writer', { maxRetriesPerRequest: 0 });
    const acknowledged: string[] = [];
    let lost = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const killed = redis.pid;
      const before = acknowledged.length;
      const write = async (id: string): Promise<void> => {
        try {
          await writer.sadd('writes', id);
          acknowledged.push(id);
        } catch {
          lost += 1;
          return;
        }
        if (acknowledged.length === before + 100) process.kill(killed, 'SIGKILL');
      };
      const writes: Promise<void>[] = [];
      for (let id = 0; id < 2_000; id += 1) {
        writes.push(write(`${round}:${id}`));
        if (id % 20 === 0) await setImmediate();
      }
      await Promise.all(writes);
      const reader = connect(url);
      await waitUntil('a new process answers', async () => {
        return redis.pid !== killed && (await reader.ping().catch(() => 'not yet')) === 'PONG';
      });
      await waitUntil('the writer is connected again', () => writer.status === 'ready');
      expect(lines.filter((line) => line.includes(`process ${killed}`))).toHaveLength(1);
    }
    const kept = new Set(await connect(url).smembers('writes'));
    const missing = acknowledged.filter((id) => !kept.has(id));
    console.log(
      `${missing.length} missing of ${acknowledged.length} acknowledged writes, ` +
        `${lost} refused, across ${KILLS} SIGKILLs`,
    );
    expect(missing).toEqual([]);
    expect(lost).toBeGreaterThan(0);
    expect(redis.url).toBe(url);
    expect(lines.join('\n')).not.toContain(new URL(url).password);
  }, 30_000);

  it('leaves no process, URL or claim after stop, and does not come back', async () => {
    const redis = await start();
    const { pid } = redis;
    await Promise.all([redis.stop(), redis.stop()]);
    expect(isAlive(pid)).toBe(false);
    expect(redis.pid).toBe(pid);
    expect(lines).toEqual([]);
    expect((await readdir(join(folder, 'data'))).sort()).toEqual(['appendonlydir', 'redis.conf']);
  });

  it('stops while it waits to start the server again', async () => {
    const redis = await start();
    process.kill(redis.pid, 'SIGKILL');
    await waitUntil('the loss is noticed', () => lines.length > 0);
    await redis.stop();
    expect(isAlive(redis.pid)).toBe(false);
  });

  it('ends a server that does not react to SIGTERM', async () => {
    const redis = await start();
    process.kill(redis.pid, 'SIGSTOP');
    await redis.stop();
    expect(isAlive(redis.pid)).toBe(false);
  }, 30_000);

  it('runs the server in a process group of its own, out of reach of Ctrl-C', async () => {
    const redis = await start();
    expect(isAlive(-redis.pid)).toBe(true);
  });

  it('keeps its folder, configuration and URL from other users', async () => {
    const directory = join(folder, 'data');
    await mkdir(directory, { mode: 0o755 });
    const redis = await start(directory);
    expect(await mode(directory)).toBe(0o700);
    expect(await mode(join(directory, 'redis.conf'))).toBe(0o600);
    expect(await mode(join(directory, 'redis.url'))).toBe(0o600);
    expect((await readFile(join(directory, 'redis.url'), 'utf8')).trim()).toBe(redis.url);
    const open = connect(redis.url.replace(/:\w+@/, ''));
    await expect(open.get('x')).rejects.toThrow('NOAUTH');
  });

  it('does not meet another one in another folder', async () => {
    const [one, two] = await Promise.all([start(join(folder, 'one')), start(join(folder, 'two'))]);
    await connect(one.url).set('name', 'one');
    expect(await connect(two.url).get('name')).toBeNull();
    expect(new URL(one.url).port).not.toBe(new URL(two.url).port);
    expect(new URL(one.url).password).not.toBe(new URL(two.url).password);
  });

  it('loads an append-only file whose tail was cut off', async () => {
    const redis = await start();
    await connect(redis.url).mset('kept', '1');
    await connect(redis.url).set('cut', '2');
    await redis.stop();
    const logs = join(folder, 'data', 'appendonlydir');
    const file = (await readdir(logs)).find((name) => name.endsWith('.incr.aof')) ?? '';
    await truncate(join(logs, file), (await stat(join(logs, file))).size - 3);

    const client = connect((await start()).url);
    expect(await client.mget('kept', 'cut')).toEqual(['1', null]);
  });
});

describe('EmbeddedRedis in a folder that was used before', () => {
  it('ends the server of a killed service and keeps its data', async () => {
    const directory = join(folder, 'data');
    const { service, url } = await startElsewhere(directory);
    const orphan = connect(url);
    await orphan.set('greeting', 'hello');
    const pid = Number(/process_id:(\d+)/.exec(await orphan.info('server'))?.[1]);
    orphan.disconnect();
    await kill(service);
    expect(isAlive(pid)).toBe(true);

    const redis = await start(directory);
    await waitUntil('the orphan is gone', () => !isAlive(pid));
    expect(redis.pid).not.toBe(pid);
    expect(await connect(redis.url).get('greeting')).toBe('hello');
  }, 30_000);

  it('says so when the server of a killed service does not answer', async () => {
    const directory = join(folder, 'data');
    const { service, url } = await startElsewhere(directory);
    const info = await connect(url).info('server');
    const pid = Number(/process_id:(\d+)/.exec(info)?.[1]);
    await kill(service);
    process.kill(pid, 'SIGSTOP');
    try {
      await expect(start(directory)).rejects.toThrow('does not answer');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await start(directory);
  }, 30_000);

  it('refuses a folder whose server has a Fulcrum connected, and leaves that server alone', async () => {
    const directory = join(folder, 'data');
    const { service, url } = await startElsewhere(directory);
    await kill(service);
    const worker = connect(url, 'fulcrum-worker');
    await worker.set('greeting', 'hello');

    await expect(start(directory)).rejects.toThrow('is in use by another Fulcrum');
    expect(await worker.get('greeting')).toBe('hello');
    expect((await readFile(join(directory, 'redis.url'), 'utf8')).trim()).toBe(url);

    worker.disconnect();
    expect(await connect((await start(directory)).url).get('greeting')).toBe('hello');
  }, 30_000);

  it('refuses a folder whose service is alive, even while its server is away', async () => {
    const directory = join(folder, 'data');
    const { service, url } = await startElsewhere(directory);
    const client = connect(url);
    const pid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
    await expect(start(directory)).rejects.toThrow('is in use by another Fulcrum');
    process.kill(pid, 'SIGKILL');
    await expect(start(directory)).rejects.toThrow('is in use by another Fulcrum');
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
    await kill(service);
    await start(directory);
  }, 30_000);

  it('gives the folder to one of several that start at once', async () => {
    const starts = await Promise.allSettled(Array.from({ length: 5 }, () => start()));
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('ignores a URL whose port has gone to another program', async () => {
    const directory = join(folder, 'data');
    await mkdir(directory);
    const other = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await writeFile(join(directory, 'redis.url'), `redis://:secret@127.0.0.1:${port}\n`);
    try {
      expect(await connect((await start(directory)).url).ping()).toBe('PONG');
    } finally {
      other.close();
    }
  });

  it('leaves the server alone whose URL came along with a copy of its folder', async () => {
    const original = await start(join(folder, 'original'));
    const copy = join(folder, 'copy');
    await mkdir(copy);
    await writeFile(join(copy, 'redis.url'), `${original.url}\n`);
    const redis = await start(copy);
    expect(redis.url).not.toBe(original.url);
    expect(await connect(original.url).ping()).toBe('PONG');
  });
});

describe('EmbeddedRedis that cannot start', () => {
  it('says that the server cannot be run', async () => {
    const path = join(folder, 'no-such-server');
    await expect(start(undefined, { binary: { ...binary, path } })).rejects.toThrow(
      /the embedded Redis could not be run: .*no-such-server/,
    );
  });

  it('quotes the last lines of the server, without the password', async () => {
    const failure = await start(undefined, { extraConfig: ['no-such-setting 1'] }).catch((error: unknown) =>
      String(error),
    );
    expect(failure).toContain('exited with code 1');
    expect(failure).toContain('no-such-setting 1');
    expect(failure).not.toMatch(/[0-9a-f]{64}/);
    expect((await readdir(join(folder, 'data'))).sort()).toEqual(['redis.conf']);
  });

  it('tries other ports a few times when the port is taken', async () => {
    const taken = await start(join(folder, 'taken'));
    const { port } = new URL(taken.url);
    await expect(start(undefined, { extraConfig: [`port ${port}`] })).rejects.toThrow(
      'Address already in use',
    );
    expect(await connect(taken.url).ping()).toBe('PONG');
  });
});

describe('findRedisBinary', () => {
  const search = (path: string): Promise<RedisBinary> =>
    findRedisBinary({ path, cacheDirectory: join(folder, 'cache'), log });

  async function writeServer(name: string, version: string): Promise<string> {
    const bin = join(folder, name, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, name), `#!/bin/sh\necho "${version}"\n`);
    await chmod(join(bin, name), 0o755);
    return bin;
  }

  it('takes the server on the path, Redis before Valkey, and passes over an old one', async () => {
    const valkey = await writeServer('valkey-server', 'Valkey server v=8.1.1 sha=0');
    const redis = await writeServer('redis-server', 'Redis server v=7.2.4 sha=0');
    expect(await search(`${valkey}:${redis}`)).toEqual({
      path: join(redis, 'redis-server'),
      env: {},
      origin: 'path',
    });
    await writeServer('redis-server', 'Redis server v=6.0.16 sha=0');
    expect((await search(`${redis}:${valkey}`)).path).toBe(join(valkey, 'valkey-server'));
    expect(lines.join('\n')).toContain('7.0 or newer is needed');
  });

  it('names the command to install a server where it cannot get one', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      await expect(search('')).rejects.toThrow(/There is no Redis server .* install .*REDIS_URL/i);
      expect(await readdir(join(folder, 'cache'))).toEqual([]);
    } finally {
      process.env['PATH'] = path;
    }
  });

  describe.runIf(existsSync('/usr/bin/apt-get'))('on Debian and Ubuntu', () => {
    it(
      'downloads a server that starts, also twice at once, and finds it again',
      async () => {
        const both = await Promise.all([search(''), search('')]);
        expect(both[0]).toMatchObject({ origin: 'download' });
        expect(both[0]).toEqual(both[1]);
        expect(await readdir(join(folder, 'cache'))).toHaveLength(1);

        const again = await search('');
        expect(again).toEqual({ ...both[0], origin: 'cache' });
        const redis = await start(undefined, { binary: again });
        expect(await connect(redis.url).ping()).toBe('PONG');
      },
      DOWNLOAD_MS,
    );

    it(
      'fetches package lists of its own where the system has none',
      async () => {
        await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
        await writeFile(join(folder, 'apt.conf'), `Dir::State::Lists "${join(folder, 'lists')}";\n`);
        process.env['APT_CONFIG'] = join(folder, 'apt.conf');
        try {
          const downloaded = await search('');
          expect(lines.join('\n')).toContain('lists of our own');
          const redis = await start(undefined, { binary: downloaded });
          expect(await connect(redis.url).ping()).toBe('PONG');
        } finally {
          delete process.env['APT_CONFIG'];
        }
      },
      DOWNLOAD_MS,
    );
  });
});
