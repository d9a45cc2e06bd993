import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { ACL_FILE } from '../support/redis-users.js';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** What ioredis sends by itself on a connection of ours. */
const BY_IOREDIS = [
  'info', // whether the server has loaded its data
  'select', // a database other than 0 in REDIS_URL
  'client|setname',
  'cluster|slots',
  'cluster|info',
  'readonly', // a connection to a replica of a cluster
  'readwrite', // that replica became a master
  'asking', // a key that is already where its slot moves to
];

/** What BullMQ sends of its own, besides its scripts, when it is used as src/features/jobs uses it. */
const BY_BULLMQ = ['bzpopmin', 'hget', 'hgetall', 'hset', 'info', 'zscore', 'client|setname'];

/** The scripts of BullMQ that src/features/jobs has it run. */
const SCRIPTS_OF_BULLMQ = [
  'addDelayedJob-6',
  'addJobScheduler-11',
  'addPrioritizedJob-9',
  'addStandardJob-9',
  'cleanJobsInSet-3',
  'extendLocks-1',
  'getCounts-1',
  'getJobScheduler-1',
  'getStateV2-8',
  'moveStalledJobsToWait-9',
  'moveToActive-11',
  'moveToDelayed-11',
  'moveToFinished-14',
  'removeJob-2',
  'removeJobScheduler-3',
  'reprocessJob-9',
  'retryJob-11',
  'updateJobScheduler-12',
];

const BULLMQ = fileURLToPath(new URL('../../node_modules/bullmq/dist/esm/commands/', import.meta.url));

/** Commands of those scripts and of the files that they include. Where a name is put in, it is LPUSH or RPUSH. */
function commandsOfBullMq(): string[] {
  const texts = new Map<string, string>();
  const read = (name: string): void => {
    if (texts.has(name)) return;
    const text = readFileSync(`${BULLMQ}${name}.lua`, 'utf8');
    texts.set(name, text);
    for (const [, included = ''] of text.matchAll(/@include "(?:includes\/)?(\w+)"/g))
      read(`includes/${included}`);
  };
  SCRIPTS_OF_BULLMQ.forEach(read);
  const calls = [...texts.values()].flatMap((text) => [
    ...text.matchAll(/\b(?:rcall|redis\.call)\(\s*(?:["'](\w+)|(\w+))/g),
  ]);
  expect(new Set(calls.flatMap(([, , variable]) => variable ?? []))).toEqual(new Set(['pushCmd']));
  const named = calls.flatMap(([, name]) => (name === undefined ? [] : [name.toLowerCase()]));
  return [...named, 'lpush', 'rpush'];
}

const CONTAINERS = new Set([
  'script',
  'client',
  'cluster',
  'acl',
  'config',
  'object',
  'function',
  'xgroup',
  'xinfo',
]);

const everyCommand: readonly string[] = Redis.prototype.getBuiltinCommands();

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).map((file) =>
  file.replaceAll('\\', '/'),
);

const textsOf = (extension: string) =>
  files
    // The embedded server is administered by its own user.
    .filter(
      (file) => file.endsWith(extension) && !file.endsWith('.test.ts') && !file.startsWith('redis/embedded/'),
    )
    .map((file) => readFileSync(SRC + file, 'utf8'));

/** Commands that Lua scripts call, those that are called on something that is named like a connection, and classes of our own. */
function commandsOfSource(): Set<string> {
  const found = new Set<string>();
  for (const text of textsOf('.lua')) {
    const calls = [...text.matchAll(/\bredis\.p?call\(\s*([^,)]*)/g)].map(
      ([, name = '']) => /^'([A-Z]+)'$/.exec(name)?.[1],
    );
    // Only a literal can be compared with the file.
    expect(calls).not.toContain(undefined);
    for (const name of calls) if (name) found.add(name.toLowerCase());
  }
  for (const text of textsOf('.ts')) {
    for (const [, name = '', argument = ''] of text.matchAll(
      /\b(?:client|connection|subscriber|publisher|pub)\s*\.(\w+)\(\s*'?([A-Z]*)/g,
    )) {
      if (!everyCommand.includes(name)) continue;
      found.add(CONTAINERS.has(name) ? `${name}|${argument.toLowerCase()}` : name);
    }
    if (text.includes(' extends Command {'))
      for (const [, name = ''] of text.matchAll(/\bsuper\('(\w+)'/g)) found.add(name);
  }
  return found;
}

/** The first part of every message pattern, from the document that another test compares with the code. */
function featuresOfMessages(): string[] {
  const text = readFileSync(new URL('../../docs/messages.md', import.meta.url), 'utf8');
  const features = [...text.matchAll(/^\| `([\w-]+)\.[\w.-]+`/gm)].map(([, feature = '']) => feature);
  return [...new Set(features)].sort();
}

/** One user of the ACL file. */
interface User {
  readonly commands: string[];
  readonly keys: string[];
  /** Rules that hold together: those of the user itself, and each of its selectors. */
  readonly scopes: { readonly commands: string[]; readonly channels: string[] }[];
}

function readUser(text: string, name: string): User {
  const line = text.split('\n').find((each) => each.startsWith(`user ${name} `)) ?? '';
  const selectors = [...line.matchAll(/\(([^)]*)\)/g)].map(([, rules = '']) => rules);
  const scopes = [line.replaceAll(/\([^)]*\)/g, ''), ...selectors].map((rules) => ({
    commands: [...rules.matchAll(/(?<=^|\s)\+(\S+)/g)].map(([, command = '']) => command).sort(),
    channels: [...rules.matchAll(/(?<=^|\s)&(\S+)/g)].map(([, channel = '']) => channel).sort(),
  }));
  return {
    commands: scopes.flatMap(({ commands }) => commands).sort(),
    keys: [...line.matchAll(/\s[~%]\S+/g)].map(([key]) => key.trim()),
    scopes,
  };
}

/** What the file permits the service beyond its need, and what it denies of it. */
function difference(text: string): { extra: string[]; missing: string[] } {
  const needed = new Set([...commandsOfSource(), ...BY_IOREDIS, ...BY_BULLMQ, ...commandsOfBullMq()]);
  const granted = new Set(readUser(text, 'fulcrum').commands);
  return {
    extra: [...granted].filter((command) => !needed.has(command)),
    missing: [...needed].filter((command) => !granted.has(command)),
  };
}

const shipped = readFileSync(ACL_FILE, 'utf8');

describe('deploy/redis/users.acl', () => {
  it('gives the service the commands that its code sends, and no other', () => {
    expect(difference(shipped)).toEqual({ extra: [], missing: [] });
    console.info(`${readUser(shipped, 'fulcrum').commands.length} commands permitted, all of them sent`);
  });

  it('is found to differ when it permits one more or one less', () => {
    expect(difference(shipped.replace('+get ', '+get +keys '))).toEqual({ extra: ['keys'], missing: [] });
    expect(difference(shipped.replace('+zadd ', ''))).toEqual({ extra: [], missing: ['zadd'] });
    expect(difference(shipped.replace('+script|load', '+script'))).toEqual({
      extra: ['script'],
      missing: ['script|load'],
    });
  });

  it('names no category, no whole keyspace and no channel of anybody else', () => {
    const features = featuresOfMessages();
    const requests = features.map((feature) => `${feature}.*`);
    const replies = features.map((feature) => `${feature}.*.reply`);
    const service = readUser(shipped, 'fulcrum');
    expect(service.keys).toEqual(['~fulcrum:*']);
    expect(service.scopes.map(({ channels }) => channels)).toEqual([
      [...requests, 'fulcrum:*'].sort(),
      [...replies, 'fulcrum:*'].sort(),
    ]);
    expect(service.scopes[1]?.commands).toEqual(['publish', 'spublish']);
    expect(readUser(shipped, 'fulcrum-client')).toMatchObject({
      keys: [],
      scopes: [
        { commands: ['info', 'unsubscribe'], channels: [] },
        { commands: ['subscribe'], channels: replies },
        { commands: ['publish'], channels: requests },
      ],
    });
    expect(shipped).not.toMatch(/\+@|allcommands|allkeys|allchannels|nopass|~\*|&\*/);
    expect(shipped.split('\n')[0]).toBe('user default off');
  });
});
