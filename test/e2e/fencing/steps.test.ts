import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from '../../../src/access/caller.js';
import { SeasonsService } from '../../../src/features/leaderboards/leaderboards.seasons.service.js';
import { SubmissionsService } from '../../../src/features/leaderboards/leaderboards.submissions.service.js';
import { MessagesService } from '../../../src/features/messaging/messaging.messages.service.js';
import { EntriesService } from '../../../src/features/streams/streams.entries.service.js';
import { pluck } from '../streams/harness.js';
import { expectOk, expectRefusal, Fencing } from './harness.js';

let fencing: Fencing;
let client: Redis | Cluster;

beforeAll(async () => {
  fencing = await Fencing.start();
  client = fencing.topology.connect();
});

afterAll(async () => {
  client?.disconnect();
  await fencing?.stop();
});

describe('writes that come at the same time', () => {
  it('leave what the newest token wrote, in whatever order they arrive', async () => {
    for (let round = 0; round < 5; round++) {
      const path = `/v1/leaderboards/${randomUUID()}`;
      const tokens = Array.from({ length: 40 }, (_each, at) => at + 1).sort(() => Math.random() - 0.5);
      const answers = await Promise.all(
        tokens.map((token) => {
          const body = { member: 'm', score: token };
          return fencing.sendRequest('POST', `${path}/submissions`, body, { fence: `r=${token}` });
        }),
      );
      for (const answer of answers) {
        if (answer.status !== 200) expectRefusal(answer, 412, 'fence.stale');
        // What was there before it was never of a newer token.
        else expect(answer.body.previousScore ?? 0).toBeLessThan(answer.body.score);
      }
      expect((await fencing.service.admin.get(`${path}/entries/m`)).body.score).toBe(40);
    }
  });
});

describe('a batch of submissions', () => {
  it('whose fence becomes stale between two of its scripts has the rest refused, row by row', async () => {
    const board = randomUUID();
    const path = `/v1/leaderboards/${board}/submissions/batch`;
    const submissions = Array.from({ length: 150 }, (_each, at) => ({ member: `m${at}`, score: at }));
    const carried = { fence: 'r=5', key: randomUUID() };
    const batch = () => fencing.sendRequest('POST', path, { submissions }, carried);
    expectOk(await batch());
    // As if the second script had not run before somebody wrote with a newer token.
    const [record = ''] = (await fencing.topology.keys()).filter(
      (key) => key.includes(board) && key.endsWith(':100'),
    );
    expect(await client.del(record)).toBe(1);
    expectOk(await fencing.sendRequest('PUT', `/v1/leaderboards/${board}`, {}, { fence: 'r=6' }));
    const { status, body } = await batch();
    expect(status).toBe(200);
    expect(pluck(body.results, 'status')).toEqual([
      ...Array<number>(100).fill(200),
      ...Array<number>(50).fill(412),
    ]);
    expect(body.results[100]).toEqual({
      status: 412,
      code: 'fence.stale',
      detail: expect.stringContaining('r than 5'),
    });
  });

  it('whose fence was stale before is refused as a whole', async () => {
    const board = randomUUID();
    expectOk(await fencing.sendRequest('PUT', `/v1/leaderboards/${board}`, {}, { fence: 'r=6' }));
    const body = { submissions: [{ member: 'm', score: 1 }, { member: '' }] };
    const path = `/v1/leaderboards/${board}/submissions/batch`;
    expectRefusal(await fencing.sendRequest('POST', path, body, { fence: 'r=5' }), 412, 'fence.stale');
    expect((await fencing.service.admin.get(`/v1/leaderboards/${board}`)).body.total).toBe(0);
  });
});

describe('a batch of messages', () => {
  it('is checked channel by channel', async () => {
    const [free, newer] = [randomUUID(), randomUUID()];
    expectOk(await fencing.sendRequest('PUT', `/v1/channels/${newer}`, {}, { fence: 'r=6' }));
    const messages = [
      { channel: newer, data: 1 },
      { channel: free, data: 2 },
      { channel: newer, data: 3 },
      { channel: free, data: 4 },
    ];
    const { status, body } = await fencing.sendRequest(
      'POST',
      '/v1/messages/batch',
      { messages },
      { fence: 'r=5' },
    );
    expect(status).toBe(200);
    expect(pluck(body.results, 'status')).toEqual([412, 201, 412, 201]);
    expect(body.results[0]).toEqual({
      status: 412,
      code: 'fence.stale',
      detail: expect.stringContaining('r than 5'),
      channel: newer,
    });
    const dataOf = async (channel: string) =>
      pluck((await fencing.service.admin.get(`/v1/channels/${channel}/messages`)).body.items, 'data');
    expect([await dataOf(newer), await dataOf(free)]).toEqual([[], [2, 4]]);
  });
});

describe('what a change of settings goes on with', () => {
  it('is done with its fence, and of a keyed season that is closed again leaves the first answer', async () => {
    const names = await fencing.fresh('board');
    const path = `/v1/leaderboards/${names.board}`;
    expectOk(
      await fencing.sendRequest(
        'PUT',
        path,
        { keepSeasons: 1, capacity: 1, denseRanks: true },
        { fence: 'r=7' },
      ),
    );
    expect(pluck((await fencing.service.admin.get(`${path}/seasons`)).body.items, 'id')).toEqual(['2']);
    expect((await fencing.service.admin.get(path)).body).toMatchObject({ total: 1, denseRanks: true });
    const carried = { fence: 'r=7', key: randomUUID() };
    const first = await fencing.sendRequest('POST', `${path}/seasons`, undefined, carried);
    // A season beyond what is kept, which only a newer token may drop.
    expectOk(await fencing.sendRequest('PUT', path, { keepSeasons: 5 }, { fence: 'r=8' }));
    const second = await fencing.sendRequest('POST', `${path}/seasons`, undefined, { fence: 'r=8' });
    expectOk(await fencing.sendRequest('PUT', path, { keepSeasons: 5 }, { fence: 'r=8' }));
    await client.hset(`fulcrum:default:{leaderboards:${names.board}}:info`, 'keepSeasons', 1);
    expect(await fencing.sendRequest('POST', `${path}/seasons`, undefined, carried)).toEqual({
      ...first,
      replayed: true,
    });
    expect(pluck((await fencing.service.admin.get(`${path}/seasons`)).body.items, 'id')).toEqual([
      second.body.id,
      first.body.id,
    ]);
  });
});

describe('a change of keepSeasons', () => {
  it('drops no season any more once somebody else has the lock', async () => {
    const names = await fencing.fresh('board');
    const path = `/v1/leaderboards/${names.board}`;
    const seasons = fencing.service.application.nest.get(SeasonsService);
    const dropBeyond = seasons.dropBeyond.bind(seasons);
    // Between the script that changes the setting and those that act on it.
    seasons.dropBeyond = async (...given) => {
      expect((await fencing.see('board', names, 'r=8')).status).toBe(200);
      await dropBeyond(...given);
    };
    try {
      expectOk(await fencing.sendRequest('PUT', path, { keepSeasons: 0 }, { fence: 'r=7' }));
    } finally {
      seasons.dropBeyond = dropBeyond;
    }
    expect(pluck((await fencing.service.admin.get(`${path}/seasons`)).body.items, 'id')).toEqual(['2', '1']);
  });
});

describe('somebody who waits to receive', () => {
  it('is refused once a newer token was seen, and those behind in the line are served', async () => {
    const stream = randomUUID();
    const group = `/v1/streams/${stream}/groups/g`;
    expectOk(await fencing.sendRequest('PUT', group, {}, {}));
    const receive = (consumer: string, fence?: string) =>
      fencing.sendRequest(
        'POST',
        `${group}/receive`,
        { consumer, limit: 1, waitMs: 10_000 },
        fence ? { fence } : {},
      );
    // A busy machine takes longer than the second that is the default.
    const seen = { timeout: 10_000 };
    const stale = receive('old', 'r=5');
    await expect
      .poll(async () => (await client.get(`fulcrum:default:{streams:${stream}}:fence:r`)) ?? '', seen)
      .toBe('5');
    const others = [receive('none'), receive('new', 'r=6'), receive('other', 's=1')];
    await expect
      .poll(async () => (await client.get(`fulcrum:default:{streams:${stream}}:fence:s`)) ?? '', seen)
      .toBe('1');
    for (const data of [1, 2, 3]) {
      const appended = await fencing.sendRequest(
        'POST',
        `/v1/streams/${stream}/entries`,
        { data },
        { fence: 'r=6' },
      );
      expect(appended.status).toBe(201);
    }
    expectRefusal(await stale, 412, 'fence.stale');
    const served = await Promise.all(others);
    expect(served.map(({ body }) => pluck(body.entries, 'deliveries'))).toEqual([[1], [1], [1]]);
    const { consumers } = (await fencing.service.admin.get(group)).body;
    expect(consumers).toContainEqual(expect.objectContaining({ consumer: 'old', pending: 0 }));
  });
});

describe('in process', () => {
  it('a caller’s fence counts as over HTTP', async () => {
    const name = randomUUID();
    const { nest } = fencing.service.application;
    const writes = [
      (caller: Caller) => nest.get(SubmissionsService).submit(caller, { board: name, member: 'm', score: 1 }),
      (caller: Caller) => nest.get(EntriesService).append(caller, { stream: name, data: 1 }),
      (caller: Caller) => nest.get(MessagesService).publish(caller, { channel: name, data: 1 }),
    ];
    const caller = (token: number) => Caller.inProcess('default', { fence: { resource: 'r', token } });
    for (const write of writes) {
      await write(caller(7));
      await expect(write(caller(6))).rejects.toMatchObject({ code: 'fence.stale', kind: 'stale' });
      await write(caller(7));
      await write(Caller.inProcess('default'));
    }
    expectRefusal(
      await fencing.sendRequest('POST', `/v1/streams/${name}/entries`, { data: 1 }, { fence: 'r=6' }),
      412,
      'fence.stale',
    );
  });
});
