import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_FIELD_ERRORS } from '../../../src/transport/validation/validate.js';
import { RawConnection } from '../../support/raw-connection.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { RawMessages } from '../messages/raw-messages.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({ ...topology.settings, BODY_MEMORY_BYTES: '1048576' });
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
});

const POLLUTION = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];

/** The service runs in this process, so what it does to the prototype of all objects is seen here. */
function expectCleanPrototype(): void {
  const inherited: string[] = [];
  for (const name in {}) inherited.push(name);
  expect(inherited).toEqual([]);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
}

describe('names that objects inherit', () => {
  it('are unknown fields of a query, in every spelling', async () => {
    const board = '/v1/leaderboards/b/entries';
    await service.admin.post('/v1/leaderboards/b/submissions', { member: 'm', score: 1 });
    for (const name of POLLUTION) {
      for (const field of [name, `${name}[polluted]`, `${name}.polluted`, `a[${name}][polluted]`]) {
        const { status } = await service.admin.get(`${board}?${encodeURIComponent(field)}=1`);
        expect(status, field).toBe(422);
      }
    }
    expectCleanPrototype();
  });

  it('are unknown fields of a body, or what nobody may be called', async () => {
    for (const name of POLLUTION) {
      for (const [path, fields, method = 'POST'] of [
        ['/v1/leaderboards/b/submissions', '"member":"m","score":1'],
        ['/v1/streams/s/entries', '"data":1'],
        ['/v1/streams/s/groups/g/receive', '"consumer":"c"'],
        ['/v1/pipeline', '"active":true', 'PUT'],
      ] as const) {
        const body = `{${fields},"${name}":{"polluted":1}}`;
        const { status } = await service.admin.send(method, path, body);
        expect(status, `${path} ${name}`).toBe(422);
      }
    }
    expectCleanPrototype();
  });

  it('are names like any other in a path, if they are names', async () => {
    for (const name of POLLUTION) {
      for (const path of ['/v1/leaderboards/', '/v1/streams/', '/v1/streams/s/groups/']) {
        const { status } = await service.admin.get(`${path}${name}`);
        expect(status, `${path}${name}`).toBe(name === '__proto__' ? 422 : 404);
      }
    }
    expectCleanPrototype();
  });

  it('are data in metadata, and members, and come back as they were', async () => {
    const metadata = { constructor: { prototype: { polluted: 1 } }, toString: 'x', hasOwnProperty: null };
    for (const member of POLLUTION) {
      const submitted = await service.admin.post('/v1/leaderboards/d/submissions', {
        member,
        score: 1,
        metadata,
      });
      expect(submitted.status).toBe(200);
      const { body } = await service.admin.get(`/v1/leaderboards/d/entries/${member}`);
      expect(body).toMatchObject({ member });
      expect(Object.entries(body.metadata as object)).toEqual(Object.entries(metadata));
    }
    const lookup = await service.admin.post('/v1/leaderboards/d/entries/lookup', { members: POLLUTION });
    const items = lookup.body.items as { member: string }[];
    expect(items.map(({ member }) => member).sort()).toEqual([...POLLUTION].sort());
    expectCleanPrototype();
  });

  it('are data of entries and of effects, and keys, consumers and groups, and come back as they were', async () => {
    const data = { constructor: { prototype: { polluted: 1 } }, toString: 'x', hasOwnProperty: null };
    const path = '/v1/streams/d';
    for (const name of POLLUTION) {
      const { status, body } = await service.admin.post(`${path}/entries`, { data, key: name });
      expect(status).toBe(201);
      const { body: entry } = await service.admin.get(`${path}/entries/${body.id}`);
      expect(entry.key).toBe(name);
      expect(Object.entries(entry.data as object)).toEqual(Object.entries(data));
    }
    for (const name of POLLUTION.filter((each) => each !== '__proto__')) {
      const group = `${path}/groups/${name}`;
      expect((await service.admin.put(group, {})).status, name).toBe(201);
      const { body } = await service.admin.post(`${group}/receive`, { consumer: name });
      const entries = body.entries as { id: string; key: string }[];
      expect(entries.map(({ key }) => key)).toEqual(POLLUTION);
      const effects = [{ kind: 'streams.append', stream: `d-${name}`, data, key: name }];
      const items = entries.map(({ id }) => ({ id, deliveries: 1, effects }));
      const committed = await service.admin.post(`${group}/commit`, { consumer: name, items });
      expect(committed.body).toEqual({ acknowledged: POLLUTION.length, refused: [] });
      const { body: derived } = await service.admin.get(`/v1/streams/d-${name}/entries`);
      for (const item of derived.items as { data: object }[])
        expect(Object.entries(item.data)).toEqual(Object.entries(data));
      expect(derived.items).toHaveLength(POLLUTION.length);
    }
    expectCleanPrototype();
  });

  it('are ids of payloads, and what they hold, and come back as they were', async () => {
    const fields = { constructor: { prototype: { polluted: 1 } }, toString: 'x', hasOwnProperty: null };
    const path = '/v1/pipeline/payloads';
    for (const id of POLLUTION) {
      const { status, body } = await service.admin.post(path, { id, ...fields });
      expect(status, id).toBe(200);
      const { status: processed, timestamp, ...same } = body as Record<string, unknown>;
      expect([processed, timestamp]).toEqual(['processed', expect.stringMatching(/Z$/)]);
      expect(new Map(Object.entries(same))).toEqual(new Map(Object.entries({ id, ...fields })));
      const { body: state } = await service.admin.get(`${path}/${id}`);
      expect(Object.entries(state.result as object)).toEqual(Object.entries(body as object));
    }
    for (const at of [path, '/v1/pipeline/queue']) {
      const { status, body } = await service.admin.post(at, '{"id":"i","__proto__":{"polluted":1}}');
      expect([status, body.code], at).toEqual([422, 'request.invalid']);
    }
    expect((await service.admin.get(`${path}/i`)).status).toBe(404);
    expectCleanPrototype();
  });

  it('reach nothing in a schema', async () => {
    for (const name of POLLUTION) {
      const { status } = await service.admin.put(
        '/v1/streams/schemas',
        `{"schema":{"type":"object","properties":{"${name}":{"type":"number"}}}}`,
      );
      expect([200, 201, 422], name).toContain(status);
    }
    expectCleanPrototype();
  });

  it('reach nothing in messages either', async () => {
    const messages = new RawMessages(topology.messageUrl);
    try {
      const pattern = 'leaderboards.submissions.create';
      const data = '"board":"b","member":"m","score":1';
      const packets = POLLUTION.flatMap((name) => [
        `"data":{"auth":"${ADMIN_KEY}","${name}":{"polluted":1},"data":{${data}}}`,
        `"data":{"auth":"${ADMIN_KEY}","data":{${data},"${name}":{"polluted":1}}}`,
      ]);
      for (const [at, packet] of packets.entries()) {
        await messages.publish(pattern, `{"pattern":"${pattern}","id":"hostile-${at}",${packet}}`);
        const { err } = await messages.replyTo(`hostile-${at}`);
        expect(err, packet).toMatchObject({ status: 422 });
      }
      expectCleanPrototype();
    } finally {
      messages.close();
    }
  });

  it('give a role no permission', async () => {
    for (const name of POLLUTION) {
      const { status } = await service.admin.post('/v1/api-keys', { name: 'k', roles: [name] });
      expect(status, name).toBe(422);
    }
  });
});

describe('a body of as many bad fields as fit', () => {
  it('gets an answer that names the first hundred', async () => {
    const fields = Array.from({ length: 49_000 }, (_, at) => `"f${at}":1`).join(',');
    const { status, body } = await service.admin.post('/v1/api-keys', `{${fields}}`);
    expect(status).toBe(422);
    expect(body.errors).toHaveLength(MAX_FIELD_ERRORS);
    // Two that are required are missing besides.
    expect(body.detail).toContain('(and 49001 more)');
  });
});

describe('a body that is no UTF-8', () => {
  it.each([
    ['a byte that is in no character', [0xff]],
    ['half of a character', [0xc3]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a longer form than needed', [0xc0, 0xaf]],
  ])('is malformed, and no other name: %s', async (_what, bytes) => {
    const body = Buffer.concat([
      Buffer.from('{"score":1,"member":"m'),
      Buffer.from(bytes),
      Buffer.from('"}'),
    ]);
    const response = await fetch(`${service.url}/v1/leaderboards/utf8/submissions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'request.malformed-json' });
    expect((await service.admin.get('/v1/leaderboards/utf8')).status).toBe(404);
  });

  it('is none because of a character that stands for what could not be read', async () => {
    const { status, body } = await service.admin.post('/v1/leaderboards/replaced/submissions', {
      member: 'm\ufffd',
      score: 1,
    });
    expect([status, body.member]).toEqual([200, 'm\ufffd']);
  });
});

describe('a body in another charset than UTF-8', () => {
  const submissions = '/v1/leaderboards/charset/submissions';
  const submit = async (type: string) =>
    await service.admin.post(submissions, { member: 'm', score: 1 }, { 'content-type': type });

  it.each(['iso-8859-1', '"UTF-16"', 'us-ascii', ''])(
    'is refused, not read as another: %s',
    async (charset) => {
      const { status, body } = await submit(`application/json; charset=${charset}`);
      expect([status, body.code]).toEqual([415, 'request.unsupported-media-type']);
      expect((await service.admin.get('/v1/leaderboards/charset')).status).toBe(404);
    },
  );

  it.each(['utf-8', 'UTF-8', '"Utf-8"'])('is none if it says %s', async (charset) => {
    expect((await submit(`application/json;charset=${charset}`)).status).toBe(200);
    expect((await service.admin.delete('/v1/leaderboards/charset')).status).toBe(204);
  });
});

describe('bodies that do not end', () => {
  const begin = async (headers: string): Promise<RawConnection> => {
    const connection = await RawConnection.open(service.url).ready();
    connection.write(
      `POST /v1/api-keys HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n${headers}\r\n`,
    );
    return connection;
  };

  it.each(['Content-Length: 1000000\r\n', 'Transfer-Encoding: chunked\r\n'])(
    'are held up to BODY_MEMORY_BYTES; small ones pass: %s',
    async (size) => {
      const held = await begin(size);
      await waitUntil('it is being received', () => held.received.startsWith('HTTP/1.1 100'));
      const create = (bytes: number) => service.admin.put('/v1/leaderboards/room', `{}${' '.repeat(bytes)}`);
      const { status, body, headers } = await create(100_000);
      expect([status, body.code, body.retryable]).toEqual([503, 'service.overloaded', true]);
      expect(headers.get('retry-after')).toBe('1');
      expect([200, 201]).toContain((await create(10_000)).status);
      held.end();
      await waitUntil('there is room again', async () => (await create(100_000)).status < 300);
    },
  );
});
