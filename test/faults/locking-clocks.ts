import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LockNode } from '../../src/redis/lock-nodes.js';
import type { Script } from '../../src/redis/script.js';
import { type ScriptCall, ScriptRunner } from '../../src/redis/script-runner.js';
import { RedisProcess } from '../support/redis-process.js';

export const HOUR_S = 3600;

/** Changes the text of the script whose file is called `name`. */
type Rewording = (source: string, name: string) => string;

class RewordedScripts extends ScriptRunner {
  constructor(
    node: LockNode,
    private readonly before: ScriptRunner,
    private readonly reword: Rewording,
  ) {
    super(node.gateway);
  }

  override run<Key extends string, Arg extends string, Result>(
    script: Script<Key, Arg, Result>,
    call: ScriptCall<Key, Arg>,
  ): Promise<Result> {
    const source = this.reword(script.source, script.file.pathname.split('/').at(-1) ?? '');
    const sha = createHash('sha1').update(source).digest('hex');
    return this.before.run({ ...script, source, sha }, call);
  }
}

/** From now on a service asks a node in other words. */
export function reword(node: LockNode, rewording: Rewording): void {
  Reflect.set(node, 'scripts', new RewordedScripts(node, node.scripts, rewording));
}

/** Changes every place of a text that says `what`, of which there has to be one. */
export function replaced(source: string, what: string, by: string): string {
  if (!source.includes(what)) throw new Error(`it does not say “${what}”`);
  return source.replaceAll(what, by);
}

/** The clock of one lock server, which can be set. */
export interface SettableClock {
  /** It is so many seconds ahead of the true time from now on; less than 0 is behind it. */
  set(aheadS: number): Promise<void>;
}

/** A clock that only the scripts of services see, which are asked for nothing else than they would be: works everywhere. */
export function clockOfScripts(nodes: readonly LockNode[]): SettableClock {
  let aheadS = 0;
  const time = "local time = redis.call('TIME')";
  for (const node of nodes) {
    reword(node, (source) => replaced(source, time, `${time}\ntime[1] = tonumber(time[1]) + ${aheadS}`));
  }
  return {
    set: async (seconds) => {
      aheadS = seconds;
    },
  };
}

/**
 * What is loaded before a server so that it has a clock of its own, where it is installed: libfaketime, and before that the
 * allocator of the C library, since the one that Debian's Redis is linked to asks for the time before libfaketime can tell it.
 */
export const FAKETIME = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((folder) => [
    `/lib/${folder}/libc_malloc_debug.so.0`,
    `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`,
  ])
  .find((paths) => paths.every((path) => existsSync(path)))
  ?.join(' ');

/** A lock server whose whole process has a clock of its own. */
export class ServerWithClock implements SettableClock {
  private constructor(
    readonly server: RedisProcess,
    private readonly directory: string,
  ) {}

  static async start(preloaded: string): Promise<ServerWithClock> {
    const directory = await mkdtemp(join(tmpdir(), 'fulcrum-clock-'));
    const file = join(directory, 'ahead');
    await writeFile(file, '+0\n');
    const env = {
      LD_PRELOAD: preloaded,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // Timers go on.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const server = await RedisProcess.start({ env });
    return new ServerWithClock(server, directory);
  }

  async set(aheadS: number): Promise<void> {
    await writeFile(join(this.directory, 'ahead'), `${aheadS < 0 ? '' : '+'}${aheadS}\n`);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
