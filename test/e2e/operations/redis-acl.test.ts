import { randomUUID } from 'node:crypto';
import { Redis, type RedisKey } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StartError } from '../../../src/errors/start-error.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterEach(async () => {
  // Every refusal here is provoked.
  await topology.refusals();
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

/** What `url`'s user is told to each of the commands: the first word of an error, or `done`. */
async function answersTo(url: string, commands: readonly (readonly [string, ...RedisKey[]])[]) {
  const client = new Redis(url, { disableClientInfo: true });
  try {
    const answers = commands.map(async ([name, ...values]) => {
      const word = await client.call(name.toLowerCase(), ...values).then(
        () => 'done',
        (error: unknown) => String(error).replace('ReplyError: ', '').split(' ')[0],
      );
      return [[name, ...values].join(' '), word] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
  } finally {
    client.disconnect();
  }
}

const all = (commands: readonly (readonly string[])[], word: string) =>
  Object.fromEntries(commands.map((words) => [words.join(' '), word]));

describe('the user of the service', () => {
  it('may do nothing to the server, and nothing to what belongs to others', async () => {
    const refused = [
      ['CONFIG', 'GET', 'requirepass'],
      ['CONFIG', 'SET', 'maxmemory', '1'],
      ['KEYS', '*'],
      ['SCAN', '0'],
      ['RANDOMKEY'],
      ['FLUSHALL'],
      ['FLUSHDB'],
      ['SCRIPT', 'FLUSH'],
      ['SCRIPT', 'KILL'],
      ['FUNCTION', 'FLUSH'],
      ['SHUTDOWN', 'NOSAVE'],
      ['REPLICAOF', 'NO', 'ONE'],
      ['CLUSTER', 'RESET'],
      ['ACL', 'LIST'],
      ['CLIENT', 'LIST'],
      ['CLIENT', 'KILL', 'TYPE', 'normal'],
      ['MONITOR'],
      ['MODULE', 'LIST'],
      ['GET', 'foreign:{a}'],
      ['SET', 'foreign:{a}', 'x'],
      ['SET', 'fulcrum', 'x'],
      ['RENAME', 'fulcrum:{a}', 'foreign:{a}'],
      ['PUBLISH', 'foreign', 'x'],
      ['PUBLISH', 'leaderboards.entries.get', 'x'],
      ['PSUBSCRIBE', '*'],
      ['SUBSCRIBE', 'foreign'],
    ] as const;
    expect(await answersTo(topology.serviceUrl, refused)).toEqual(all(refused, 'NOPERM'));
    expect(await topology.refusals()).not.toEqual([]);
  });

  it('may not do from a script what it may not do without one', async () => {
    const scripts = ["return redis.call('KEYS', '*')", "return redis.call('PUBLISH', 'foreign', 'x')"];
    const commands = scripts.map((script) => ['EVAL', script, '0'] as const);
    expect(await answersTo(topology.serviceUrl, commands)).toEqual(all(commands, 'ERR'));
  });
});

describe('the user of message clients', () => {
  it('may send requests and hear answers, and nothing else', async () => {
    const permitted = [
      ['PUBLISH', 'leaderboards.nothing', 'x'],
      ['PUBLISH', 'streams.nothing', 'x'],
      ['PUBLISH', 'pipeline.nothing', 'x'],
      ['SUBSCRIBE', 'leaderboards.nothing.reply'],
      ['SUBSCRIBE', 'streams.nothing.reply'],
      ['SUBSCRIBE', 'pipeline.nothing.reply'],
    ] as const;
    expect(await answersTo(topology.messageUrl, permitted)).toEqual(all(permitted, 'done'));
    const refused = [
      ['GET', 'fulcrum:{a}'],
      ['SET', 'fulcrum:{a}', 'x'],
      ['PUBLISH', 'fulcrum:default:{leaderboards:a}:changes', 'x'],
      ['PUBLISH', 'fulcrum:default:{streams:a}:changes', 'x'],
      ['PUBLISH', 'foreign.a', 'x'],
      ['EVAL', 'return 1', '0'],
      ['CONFIG', 'GET', 'requirepass'],
      ['KEYS', '*'],
      // The requests of others carry their credentials.
      ['SUBSCRIBE', 'leaderboards.entries.get'],
      ['SUBSCRIBE', 'access.keys.create'],
      ['SUBSCRIBE', 'streams.entries.append'],
      ['SUBSCRIBE', 'pipeline.payloads.process'],
      ['PSUBSCRIBE', '*'],
    ] as const;
    expect(await answersTo(topology.messageUrl, refused)).toEqual(all(refused, 'NOPERM'));
  });
});

describe('a service that lacks a permission', () => {
  const submission = { member: 'one', score: 1 };

  /** The answer to a submission to a new board while the user lacks `command`. */
  async function submitWithout(...commands: readonly string[]) {
    const board = () => `/v1/leaderboards/b-${randomUUID()}/submissions`;
    await topology.change(...commands.map((command) => `-${command}`));
    const answer = await service.admin.post(board(), submission);
    await topology.change(...commands.map((command) => `+${command}`));
    expect((await service.admin.post(board(), submission)).status).toBe(200);
    return answer;
  }

  it.each([
    ['a command', ['evalsha', 'eval'], 'The service lacks a permission on Redis; the request had no effect.'],
    [
      'a command in a script',
      ['zadd'],
      'The service lacks a permission on Redis; the request may have taken effect in part.',
    ],
  ])('answers 503 that is not retryable and shows nothing of Redis: %s', async (_what, commands, detail) => {
    const { status, headers, body } = await submitWithout(...commands);
    expect(status).toBe(503);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ code: 'redis.refused', retryable: false, detail });
    expect(JSON.stringify(body)).not.toMatch(/NOPERM|ERR|user|script|zadd|eval/i);
  });

  it('does not start, and says what it lacks', async () => {
    const starting = startService({ ...topology.settings, REDIS_KEY_PREFIX: 'another' });
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toThrow(
      /^Redis refuses the service a permission \(NOPERM .*key.*\): deploy\/redis\/README\.md says what its user needs\.$/,
    );
  });
});
