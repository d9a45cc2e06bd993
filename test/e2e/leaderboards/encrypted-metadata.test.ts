import { randomBytes, randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { dumpText } from '../../support/redis-dump.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';
import { listed } from './answers.js';
import { EventReader } from '../../support/event-reader.js';
import { expectProblem } from '../../support/problem.js';

const newSecret = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [OLD, NEW] = [newSecret('2026-10'), newSecret('2026-11')] as const;

let topology: Topology;
let client: Redis | Cluster;
let sealing: TestService;
let board: string;

const start = (keys: string, setting: 'on' | 'off') =>
  startService({ ...topology.settings, SESSION_KEYS: keys, ENCRYPT_AT_REST: setting });

/** Does `work` with one more service on the same Redis. */
async function beside(
  keys: string,
  setting: 'on' | 'off',
  work: (service: TestService) => Promise<void>,
): Promise<void> {
  const service = await start(keys, setting);
  try {
    await work(service);
  } finally {
    await service.stop();
  }
}

beforeAll(async () => {
  topology = await startTopology();
  client = topology.connect();
  sealing = await start(OLD, 'on');
});

afterAll(async () => {
  client?.disconnect();
  await sealing?.stop();
  await topology?.stop();
});

beforeEach(() => {
  board = `board-${randomUUID()}`;
});

const path = (rest: string) => `/v1/leaderboards/${board}/${rest}`;

const submit = async (service: TestService, member: string, score: number, metadata?: object) => {
  const { status, body } = await service.admin.post(path('submissions'), { member, score, metadata });
  expect(status, JSON.stringify(body)).toBe(200);
};

const shown = async (service: TestService, member: string): Promise<unknown> => {
  const { status, body } = await service.admin.get(path(`entries/${member}`));
  expect(status, JSON.stringify(body)).toBe(200);
  return body.metadata;
};

const hashOf = (name: string) => `fulcrum:default:{leaderboards:${name}}:metadata`;

const stored = async (member: string, name = board): Promise<string> => {
  const text = await client.hget(hashOf(name), member);
  if (text === null) throw new Error(`${member} has no metadata`);
  return text;
};

describe('encrypted metadata', () => {
  /** Submits metadata in every way there is; each value and each name in it has the canary. */
  const submitCanaries = async (service: TestService, canary: string): Promise<void> => {
    await submit(service, 'one', 41_235, { [canary]: true, name: canary });
    const headers = { 'idempotency-key': randomUUID() };
    const keyed = { member: 'two', score: 2, metadata: { name: canary } };
    await service.admin.post(path('submissions'), keyed, headers);
    await service.admin.post(path('submissions'), keyed, headers);
    const submissions = [3, 4, 5].map((score) => ({ member: `batch ${score}`, score, metadata: { canary } }));
    await service.admin.post(path('submissions/batch'), { submissions });
    const messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
    try {
      const data = { board, member: 'message', score: 6, metadata: { text: canary } };
      await messages.send('leaderboards.submissions.create', data);
    } finally {
      await messages.close();
    }
    await service.admin.post(path('seasons'));
    await submit(service, 'one', 1, { name: canary });
  };

  /** Whether the canary stands anywhere in Redis, as it is or in base64 at any of the three offsets. */
  const isInRedis = async (canary: string): Promise<boolean> => {
    const dump = await dumpText(topology);
    expect(dump).toContain(hashOf(board));
    expect(dump).toContain('batch 4');
    expect(dump).toContain('41235');
    const forms = ['', 'x', 'xx'].flatMap((before) =>
      (['base64', 'base64url'] as const).map((form) =>
        Buffer.from(before + canary)
          .toString(form)
          .slice(4, 40),
      ),
    );
    return [canary, ...forms].some((form) => dump.includes(form));
  };

  it('is nowhere in Redis in clear, while names, members and scores are', async () => {
    const canary = `canary-${randomUUID()}`;
    await submitCanaries(sealing, canary);
    expect(await isInRedis(canary)).toBe(false);
  });

  it('is seen to be there where the setting is off', async () => {
    const canary = `canary-${randomUUID()}`;
    await beside(OLD, 'off', async (clear) => {
      await submitCanaries(clear, canary);
      expect(await isInRedis(canary)).toBe(true);
    });
  });

  it('is shown by every read as it was submitted', async () => {
    await sealing.admin.put(`/v1/leaderboards/${board}`, { keepSeasons: 5 });
    const documents = ['a', 'b', 'c', 'd'].map((name) => ({ name, deep: [{ 'é😀': null }] }));
    for (const [at, metadata] of documents.entries()) await submit(sealing, metadata.name, 10 - at, metadata);
    await submit(sealing, 'without', 0);
    const rows = [
      ...documents.map((metadata, at) => ({ member: metadata.name, score: 10 - at, rank: at + 1, metadata })),
      { member: 'without', score: 0, rank: 5 },
    ];

    const get = (rest: string) => sealing.admin.get(path(rest));
    const firstPage = await get('entries?limit=2');
    const secondPage = await get(`entries?limit=3&cursor=${firstPage.body.next}`);
    expect([...listed(firstPage.body.items), ...listed(secondPage.body.items)]).toEqual(rows);
    expect((await get('entries/b/around?limit=5')).body.items).toEqual(rows);
    const members = ['without', 'd', 'a'];
    const lookup = await sealing.admin.post(path('entries/lookup'), { members });
    expect(lookup.body.items).toEqual([rows[0], rows[3], rows[4]]);
    expect(await shown(sealing, 'c')).toEqual(documents[2]);
    expect(await shown(sealing, 'without')).toBeNull();

    const reader = await EventReader.open(`${sealing.url}${path('live')}`, ADMIN_KEY);
    try {
      await waitUntil('the snapshot', () => reader.events.length > 0);
      expect(reader.datas('snapshot')[0].items).toEqual(rows);
      await submit(sealing, 'a', 10, { name: 'another' });
      await waitUntil('the change', () => reader.datas('change').length > 0);
      expect(reader.datas('change')[0].items[0].metadata).toEqual({ name: 'another' });
      // Once more the same is another sealed text and no change.
      await submit(sealing, 'a', 10, { name: 'another' });
      await submit(sealing, 'b', 9, { name: 'last' });
      await waitUntil(
        'the next change',
        () => reader.datas('change').at(-1).items[1].metadata.name === 'last',
      );
      const seen = reader.events.map(({ data }) => data);
      expect(new Set(seen).size).toBe(seen.length);
    } finally {
      reader.close();
    }

    const season = await sealing.admin.post(path('seasons'));
    expect((await get('entries')).body.items).toEqual([]);
    const archived = await get(`seasons/${season.body.id}/entries`);
    expect(listed(archived.body.items).slice(2)).toEqual(rows.slice(2));
    expect((await get(`seasons/${season.body.id}/entries/b`)).body.metadata).toEqual({ name: 'last' });
  });

  it('may be 64 KiB', async () => {
    const metadata = { text: 'é'.repeat((65_536 - '{"text":""}'.length - 1) / 2) + 'x' };
    await submit(sealing, 'a', 1, metadata);
    expect(await shown(sealing, 'a')).toEqual(metadata);
    expect((await stored('a')).length).toBeLessThan(65_536 * 1.34);
  });

  it('stays readable when the setting is switched, on and off', async () => {
    await beside(OLD, 'off', async (clear) => {
      await submit(clear, 'early', 2, { written: 'in clear' });
      await submit(sealing, 'late', 1, { written: 'sealed' });
      expect(await stored('early')).toBe('{"written":"in clear"}');
      expect(await stored('late')).toMatch(/^enc1:2026-10:/);
      for (const service of [sealing, clear]) {
        expect(await shown(service, 'early')).toEqual({ written: 'in clear' });
        expect(await shown(service, 'late')).toEqual({ written: 'sealed' });
      }
      await submit(sealing, 'early', 2, { written: 'again' });
      await submit(clear, 'late', 1, { written: 'again' });
      expect(await stored('early')).toMatch(/^enc1:/);
      expect(await stored('late')).toBe('{"written":"again"}');
    });
  });
});

describe('metadata that was changed behind the service’s back', () => {
  const flip = (text: string, at: number) =>
    text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);

  /** What stands at `victim` afterwards, from what stood there. */
  const TAMPERINGS: readonly (readonly [
    what: string,
    tampered: (text: string) => string | Promise<string>,
  ])[] = [
    ['a changed byte in its middle', (text) => flip(text, text.length - 30)],
    ['a changed byte of its tag', (text) => flip(text, text.length - 2)],
    ['a changed first byte', (text) => flip(text, 0)],
    ['another key’s id', (text) => text.replace('2026-10', '2026-09')],
    ['its end cut off', (text) => text.slice(0, -1)],
    ['nothing but its head', () => 'enc1:2026-10:'],
    ['something behind it', (text) => `${text}\n`],
    ['nothing', () => ''],
    ['no JSON', () => 'canary'],
    ['JSON that is no object', () => '["canary"]'],
    ['the value of another member', () => stored('other')],
    [
      'its value on another board',
      async () => {
        const elsewhere = `elsewhere-${randomUUID()}`;
        const submission = { member: 'victim', score: 1, metadata: { name: 'canary' } };
        await sealing.admin.post(`/v1/leaderboards/${elsewhere}/submissions`, submission);
        return await stored('victim', elsewhere);
      },
    ],
    [
      'its value of another tenant',
      async () => {
        const { secret } = await newKey(sealing.admin, { tenant: 'others', roles: ['writer'] });
        const submission = { member: 'victim', score: 1, metadata: { name: 'canary' } };
        await sealing.as(secret).post(path('submissions'), submission);
        const text = await client.hget(hashOf(board).replace(':default:', ':others:'), 'victim');
        return text ?? '';
      },
    ],
  ];

  it.each(TAMPERINGS)('is refused, and spoils nothing else: %s', async (_what, tampered) => {
    await submit(sealing, 'first', 3);
    await submit(sealing, 'victim', 2, { name: 'canary' });
    await submit(sealing, 'other', 1, { name: 'the canary of another' });
    await client.hset(hashOf(board), 'victim', await tampered(await stored('victim')));

    const lookup = (members: string[]) => sealing.admin.post(path('entries/lookup'), { members });
    const refused = [
      await sealing.admin.get(path('entries/victim')),
      await sealing.admin.get(path('entries')),
      await sealing.admin.get(path('entries/first/around?limit=2')),
      await sealing.admin.get(path('live?top=2')),
      await lookup(['other', 'victim']),
    ];
    for (const answer of refused) {
      expectProblem(answer, 503, 'encryption.unreadable');
      expect(answer.body).toMatchObject({ retryable: false, detail: refused[0]?.body.detail });
      expect(JSON.stringify(answer.body)).not.toMatch(/canary|2026-/);
    }

    expect(await shown(sealing, 'first')).toBeNull();
    expect(await shown(sealing, 'other')).toEqual({ name: 'the canary of another' });
    expect((await sealing.admin.get(path('entries?limit=1'))).body.items).toHaveLength(1);
    expect((await lookup(['first', 'other'])).body.items).toHaveLength(2);
    expect((await sealing.admin.get(`/v1/leaderboards/${board}`)).body.total).toBe(3);
    await submit(sealing, 'victim', 5);
    await submit(sealing, 'new', 4, { name: 'new' });
    expectProblem(await sealing.admin.get(path('entries/victim')), 503, 'encryption.unreadable');
    await submit(sealing, 'victim', 5, { name: 'made good' });
    expect(await shown(sealing, 'victim')).toEqual({ name: 'made good' });
    expect((await sealing.admin.get(path('entries'))).body.items).toHaveLength(4);
  });

  it('is refused at both members where two were exchanged', async () => {
    await submit(sealing, 'a', 2, { name: 'a' });
    await submit(sealing, 'b', 1, { name: 'b' });
    const [a, b] = [await stored('a'), await stored('b')];
    await client.hset(hashOf(board), { a: b, b: a });
    for (const member of ['a', 'b']) {
      expectProblem(await sealing.admin.get(path(`entries/${member}`)), 503, 'encryption.unreadable');
    }
    await client.hset(hashOf(board), { a, b });
    expect([await shown(sealing, 'a'), await shown(sealing, 'b')]).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('ends no stream: what is shown next is what can be read again', async () => {
    await submit(sealing, 'a', 2, { name: 'a' });
    const reader = await EventReader.open(`${sealing.url}${path('live')}`, ADMIN_KEY);
    try {
      await waitUntil('the snapshot', () => reader.events.length > 0);
      await client.hset(hashOf(board), 'a', flip(await stored('a'), 20));
      await submit(sealing, 'b', 1);
      await submit(sealing, 'a', 2, { name: 'made good' });
      await waitUntil('the change', () => reader.datas('change').at(-1)?.items.length === 2);
      const names = reader.events.map(({ data }) => JSON.parse(data).items[0].metadata.name as string);
      expect(new Set(names)).toEqual(new Set(['a', 'made good']));
      expect(reader.ended).toBe(false);
    } finally {
      reader.close();
    }
  });
});

describe('a new key', () => {
  it('takes over what is written, while the old one is kept for what was, and then can go', async () => {
    await submit(sealing, 'a', 2, { version: 1 });
    await submit(sealing, 'b', 1, { version: 1 });
    await beside(`${NEW},${OLD}`, 'on', async (both) => {
      expect(await shown(both, 'a')).toEqual({ version: 1 });
      await submit(both, 'a', 2, { version: 2 });
      expect(await stored('a')).toMatch(/^enc1:2026-11:/);
      expect(await stored('b')).toMatch(/^enc1:2026-10:/);
      expect([await shown(both, 'a'), await shown(both, 'b')]).toEqual([{ version: 2 }, { version: 1 }]);
      // A node that was not given the new key yet cannot read what is under it.
      expectProblem(await sealing.admin.get(path('entries/a')), 503, 'encryption.unreadable');
      await submit(both, 'b', 1, { version: 2 });
    });
    await beside(NEW, 'on', async (after) => {
      expect([await shown(after, 'a'), await shown(after, 'b')]).toEqual([{ version: 2 }, { version: 2 }]);
      await submit(sealing, 'c', 1, { version: 1 });
      expectProblem(await after.admin.get(path('entries/c')), 503, 'encryption.unreadable');
    });
  });

  it('is given to every node as one that decrypts before it becomes the one that encrypts', async () => {
    await beside(`${OLD},${NEW}`, 'on', async (prepared) => {
      await beside(`${NEW},${OLD}`, 'on', async (switched) => {
        await submit(switched, 'a', 2, { by: 'switched' });
        await submit(prepared, 'b', 1, { by: 'prepared' });
        for (const service of [prepared, switched]) {
          expect([await shown(service, 'a'), await shown(service, 'b')]).toEqual([
            { by: 'switched' },
            { by: 'prepared' },
          ]);
        }
      });
    });
  });
});
