import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { cutTornLog, LogScan } from '../../src/redis/embedded/torn-log.js';
import { RedisProcess } from '../support/redis-process.js';
import { redisBinary } from '../support/redis-server.js';

const LOG = 'appendonlydir/appendonly.aof.1.incr.aof';
const SCRIPT = `redis.call('XADD', 'entries', '*', 'n', ARGV[1]) redis.call('SET', ARGV[1], 'done')`;
const quiet = { info: () => undefined, warn: () => undefined };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const command = (...words: string[]) =>
  Buffer.from(
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
  );

/** Of what a server writes: commands, two transactions of scripts, a comment, and data that looks like any of them. */
const PARTS: readonly (readonly Buffer[])[] = [
  [command('SELECT', '0')],
  [command('SET', 'größe', '*1\r\n$5\r\nMULTI\r\n')],
  [command('MULTI'), command('XADD', 'a', '1-1', 'exec', 'EXEC'), command('SET', 'b', '1'), command('EXEC')],
  [Buffer.from('#TS:1700000000\r\n')],
  [command('SET', 'multi', '')],
  [command('multi'), command('HSET', 'c', 'd', '$9\r\n'), command('exec')],
];
const WHOLE = Buffer.concat(PARTS.flat());
/** Where a cut leaves nothing open. */
const ENDS = PARTS.reduce((ends, part) => [...ends, Buffer.concat(part).length + (ends.at(-1) ?? 0)], [0]);

function wholeOf(bytes: Buffer, pieceBytes: number): number | undefined {
  const scan = new LogScan();
  for (let at = 0; at < bytes.length; at += pieceBytes) scan.push(bytes.subarray(at, at + pieceBytes));
  return scan.whole;
}

async function folderWith(log: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fulcrum-torn-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'appendonlydir'));
  const lines = [
    'file appendonly.aof.1.base.rdb seq 1 type b',
    'file appendonly.aof.1.incr.aof seq 1 type i',
    '',
  ];
  await writeFile(join(folder, 'appendonlydir/appendonly.aof.manifest'), lines.join('\n'));
  await writeFile(join(folder, LOG), log);
  return folder;
}

const lengthIn = async (folder: string) => (await stat(join(folder, LOG))).size;

describe('LogScan', () => {
  it.each([1, 7, WHOLE.length])(
    'finds what is whole, wherever the file ends (pieces of %d bytes)',
    (piece) => {
      for (let length = 0; length <= WHOLE.length; length++) {
        const expected = Math.max(...ENDS.filter((end) => end <= length));
        expect(wholeOf(WHOLE.subarray(0, length), piece), `the first ${length} bytes`).toBe(expected);
      }
    },
  );

  it.each([
    ['bytes that are no command', Buffer.from('nothing\r\n')],
    ['a line without an end', Buffer.alloc(5000, 'x')],
    ['a length that is none', Buffer.from('*1\r\n$x\r\n')],
  ])('knows nothing of a file with %s', (_what, bytes) => {
    expect(wholeOf(Buffer.concat([WHOLE, bytes, WHOLE]), 100)).toBeUndefined();
  });
});

describe('cutTornLog', () => {
  it('cuts a torn end, says so, and leaves the rest as it is', async () => {
    const folder = await folderWith(WHOLE.subarray(0, -2));
    const said: string[] = [];
    await cutTornLog(folder, { ...quiet, warn: (line) => said.push(line) });
    const last = ENDS.at(-2) ?? 0;
    expect(await readFile(join(folder, LOG))).toEqual(WHOLE.subarray(0, last));
    expect(said).toEqual([expect.stringContaining(`${WHOLE.length - 2 - last} bytes`)]);
  });

  it.each([
    ['is whole', WHOLE],
    ['is damaged in its middle', Buffer.concat([WHOLE, Buffer.from('?'), WHOLE])],
  ])('leaves a file alone that %s', async (_what, log) => {
    const folder = await folderWith(log);
    await cutTornLog(folder, quiet);
    expect(await readFile(join(folder, LOG))).toEqual(log);
  });

  it('has nothing to do in a new folder', async () => {
    await expect(cutTornLog(join(tmpdir(), 'fulcrum-nowhere'), quiet)).resolves.toBeUndefined();
  });
});

describe('deploy/redis/cut-torn-log.sh', () => {
  it('cuts what the service cuts for its embedded Redis', async () => {
    const binary = await redisBinary();
    const tools = await mkdtemp(join(tmpdir(), 'fulcrum-tools-'));
    cleanups.push(() => rm(tools, { recursive: true }));
    // It is the server under another name.
    await symlink(binary.path, join(tools, 'redis-check-aof'));
    const env = { ...binary.env, PATH: [tools, process.env.PATH].join(delimiter) };
    // redis-check-aof takes part of a comment for a whole one; Redis writes none by default.
    const whole = Buffer.concat(PARTS.flat().filter((part) => !part.toString().startsWith('#')));
    const cut = Array.from({ length: whole.length }, (_none, length) => whole.subarray(0, length));
    const damaged = Buffer.concat([whole, Buffer.from('?'), whole]);
    for (const log of [whole, damaged, ...cut.filter(({ length }) => length % 9 === 0)]) {
      const folder = await folderWith(log);
      await promisify(execFile)('sh', ['deploy/redis/cut-torn-log.sh', folder], { env });
      expect(await lengthIn(folder), `of ${log.length} bytes`).toBe(wholeOf(log, log.length) ?? log.length);
    }
  });
});

describe('a script of which a power cut left a part', () => {
  const times = async (redis: RedisProcess, name: string) => {
    const entries = await redis.ask((client) => client.xrange('entries', '-', '+'));
    return entries.filter(([, [, n]]) => n === name).length;
  };

  /** How often its effect is there after it was cut at `part` of its writes, repeated, and Redis started again. */
  async function effects(redis: RedisProcess, part: number, start: Parameters<RedisProcess['begin']>[0]) {
    const name = `cut-${part}`;
    const write = () => redis.ask((client) => client.eval(SCRIPT, 0, name));
    const size = () => lengthIn(redis.directory);
    // The first write after a start has SELECT before it.
    await redis.ask((client) => client.set('selected', '0'));
    const before = await size();
    await write();
    const written = (await size()) - before;
    await redis.kill();
    await truncate(join(redis.directory, LOG), before + Math.floor(written * part));
    await redis.begin(start);
    // Redis 7.0 leaves the open transaction there.
    const leftOpen = (await size()) > before;
    expect(await times(redis, name)).toBe(0);
    await write();
    await redis.kill();
    await redis.begin(start);
    return { times: await times(redis, name), leftOpen };
  }

  const started = async () => {
    const redis = await RedisProcess.start();
    cleanups.push(() => redis.stop());
    await redis.ask((client) => client.eval(SCRIPT, 0, 'earlier'));
    return redis;
  };

  it('takes effect once when it is repeated, wherever it was cut', async () => {
    const redis = await started();
    for (let part = 0.04; part < 1; part += 0.08) {
      expect(await effects(redis, part, {}), `cut at ${part}`).toEqual({ times: 1, leftOpen: false });
    }
  });

  it('takes effect twice if the open transaction stays in the file', async () => {
    const found = await effects(await started(), 0.99, { asItIs: true });
    // A server that cuts the whole transaction itself needs no help.
    expect(found.times).toBe(found.leftOpen ? 2 : 1);
  });
});
