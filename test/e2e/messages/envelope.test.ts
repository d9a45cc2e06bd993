import { randomUUID } from 'node:crypto';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { RawMessages } from './raw-messages.js';

const SUBMIT = 'leaderboards.submissions.create';

let topology: Topology;
let service: TestService;
let messages: MessageClient;
let raw: RawMessages;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, undefined);
  raw = new RawMessages(topology.messageUrl);
});

afterAll(async () => {
  raw.close();
  await messages.close();
  await service.stop();
  await topology.stop();
});

async function totalOf(board: string): Promise<number | undefined> {
  const { body } = await service.admin.get(`/v1/leaderboards/${board}/entries/m`);
  return (body as { score?: number }).score;
}

describe('a message without a valid credential', () => {
  it.each([
    ['no auth', {}, 'access.no-credential'],
    ['an empty auth', { auth: '' }, 'access.no-credential'],
    ['garbage', { auth: 'garbage' }, 'access.invalid-credential'],
    ['an unknown key', { auth: 'fk_nobody_0123456789abcdef' }, 'access.invalid-credential'],
    ['another scheme', { auth: `Basic ${ADMIN_KEY}` }, 'access.invalid-credential'],
  ])('is refused: %s', async (_what, envelope, code) => {
    const sent = messages.send(SUBMIT, { board: 'anonymous', member: 'm', score: 1 }, envelope);
    await expect(sent).rejects.toMatchObject({ status: 401, code });
    expect(await totalOf('anonymous')).toBeUndefined();
  });

  it('is accepted with the credential bare or as in an Authorization header', async () => {
    for (const auth of [ADMIN_KEY, `Bearer ${ADMIN_KEY}`, `bearer ${ADMIN_KEY}`]) {
      expect(await messages.send('access.caller.get', {}, { auth })).toMatchObject({ id: 'admin' });
    }
  });
});

describe('the envelope', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown field', { user: 'x' }, '/user'],
    ['an idempotencyKey that is no text', { idempotencyKey: 7 }, '/idempotencyKey'],
    ['a requestId that is no text', { requestId: ['x'] }, '/requestId'],
    ['a fence that is no text', { fence: {} }, '/fence'],
  ])('is refused with %s', async (_what, envelope, pointer) => {
    const sent = messages.send(
      SUBMIT,
      { board: 'bad', member: 'm', score: 1 },
      { auth: ADMIN_KEY, ...envelope },
    );
    await expect(sent).rejects.toMatchObject({ status: 422, code: 'request.invalid', errors: [{ pointer }] });
    expect(await totalOf('bad')).toBeUndefined();
  });

  it.each([
    ['text', 'just text'],
    ['a number', 5],
    ['null', null],
    ['an array', [{ auth: ADMIN_KEY, data: {} }]],
    ['data that is an array', { auth: ADMIN_KEY, data: [] }],
    ['data that is null', { auth: ADMIN_KEY, data: null }],
    ['data that is text', { auth: ADMIN_KEY, data: '{}' }],
  ])('is refused as %s', async (_what, payload) => {
    const id = randomUUID();
    await raw.publish(SUBMIT, JSON.stringify({ id, pattern: SUBMIT, data: payload }));
    const { err } = await raw.replyTo(id);
    expect(err).toMatchObject({ status: 422, code: 'request.invalid', requestId: expect.any(String) });
  });

  it('without data is one with empty data', async () => {
    const id = randomUUID();
    await raw.publish(SUBMIT, JSON.stringify({ id, pattern: SUBMIT, data: { auth: ADMIN_KEY } }));
    const { err } = await raw.replyTo(id);
    expect(err).toMatchObject({
      status: 422,
      errors: expect.arrayContaining([{ pointer: '/board', detail: expect.any(String) }]),
    });
  });
});

describe('idempotencyKey', () => {
  it('makes a repeated message take effect once and gives the first answer again', async () => {
    const envelope = { auth: ADMIN_KEY, idempotencyKey: randomUUID() };
    const data = { board: 'keyed', member: 'm', score: 5, operator: 'increment' };
    const answers: unknown[] = [];
    for (let at = 0; at < 3; at++) answers.push(await messages.send(SUBMIT, data, envelope));
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
    expect(await totalOf('keyed')).toBe(5);
    const other = messages.send(SUBMIT, { ...data, score: 6 }, envelope);
    await expect(other).rejects.toMatchObject({ status: 422, code: 'idempotency.key-reused' });
  });

  it('is the same key over HTTP', async () => {
    const key = randomUUID();
    const body = { member: 'm', score: 5, operator: 'increment' };
    const first = await service.admin.post('/v1/leaderboards/crossed/submissions', body, {
      'idempotency-key': key,
    });
    const again: unknown = await messages.send(
      SUBMIT,
      { board: 'crossed', ...body },
      { auth: ADMIN_KEY, idempotencyKey: key },
    );
    expect(again).toEqual(first.body);
    expect(await totalOf('crossed')).toBe(5);
  });

  it.each(['', 'with space', 'ключ', 'k'.repeat(256)])(
    'is refused if it is invalid: %j',
    async (idempotencyKey) => {
      const sent = messages.send(
        SUBMIT,
        { board: 'bad', member: 'm', score: 1 },
        { auth: ADMIN_KEY, idempotencyKey },
      );
      await expect(sent).rejects.toMatchObject({ status: 422, code: 'idempotency.invalid-key' });
    },
  );
});

describe('requestId', () => {
  it('comes back in a problem, whatever refused the message', async () => {
    const requestId = `rid-${randomUUID()}`;
    const refused: [string, object, object][] = [
      [SUBMIT, {}, { auth: ADMIN_KEY }],
      [SUBMIT, {}, {}],
      ['leaderboards.boards.get', { board: 'no-such-board' }, { auth: ADMIN_KEY }],
    ];
    for (const [pattern, data, envelope] of refused) {
      await expect(messages.send(pattern, data, { ...envelope, requestId })).rejects.toMatchObject({
        requestId,
        instance: `urn:fulcrum:request:${requestId}`,
      });
    }
  });

  it('is made if there is none or none that is 1 to 128 visible characters', async () => {
    const made = new Set<string>();
    const envelopes = [
      {},
      { auth: ADMIN_KEY },
      { auth: ADMIN_KEY, requestId: '' },
      { auth: ADMIN_KEY, requestId: 'r'.repeat(129) },
      { auth: ADMIN_KEY, requestId: 'two words' },
      { requestId: 'line\nbreak' },
    ];
    for (const envelope of envelopes) {
      const problem: unknown = await messages.send(SUBMIT, {}, envelope).catch((error: unknown) => error);
      const { requestId } = problem as { requestId: string };
      expect(requestId, JSON.stringify(envelope)).toMatch(/^[\da-f-]{36}$/);
      made.add(requestId);
    }
    expect(made.size).toBe(envelopes.length);
  });
});

describe('JSON that would not come out as it went in', () => {
  it.each([
    ['1e400', '{"board":"lossy","member":"m","score":1e400}'],
    ['2^53+1', '{"board":"lossy","member":"m","score":9007199254740993}'],
    ['__proto__', '{"board":"lossy","member":"m","score":1,"metadata":{"__proto__":{"a":1}}}'],
    ['NaN as null', '{"board":"lossy","member":"m","score":null}'],
    ['a lone surrogate', '{"board":"lossy","member":"\\ud800","score":1}'],
  ])('is refused: %s', async (_what, data) => {
    const id = randomUUID();
    await raw.publish(
      SUBMIT,
      `{"id":"${id}","pattern":"${SUBMIT}","data":{"auth":"${ADMIN_KEY}","data":${data}}}`,
    );
    const { err } = await raw.replyTo(id);
    expect(err).toMatchObject({ status: 422, code: 'request.invalid' });
    expect((await service.admin.get('/v1/leaderboards/lossy')).status).toBe(404);
  });
});

describe('a packet that asks for no answer', () => {
  it('executes nowhere: emit, no id, an empty id, an id that is no text, and no JSON at all', async () => {
    const data = {
      auth: ADMIN_KEY,
      data: { board: 'emitted', member: 'm', score: 1, operator: 'increment' },
    };
    const { hostname, port, username, password } = new URL(topology.messageUrl);
    const proxy = ClientProxyFactory.create({
      transport: Transport.REDIS,
      options: { host: hostname, port: Number(port), username, password },
    });
    await firstValueFrom(proxy.emit(SUBMIT, data).pipe(timeout(5000)), { defaultValue: undefined });
    await proxy.close();
    for (const packet of [{}, { id: '' }, { id: 7 }, { id: ['x'] }, { id: 'i'.repeat(129) }]) {
      await raw.publish(SUBMIT, JSON.stringify({ pattern: SUBMIT, data, ...packet }));
    }
    await raw.publish(SUBMIT, 'no JSON');
    await raw.publish(SUBMIT, '');
    // Redis delivers one connection's messages in order: once this is answered, the ones above were handled or dropped.
    const id = randomUUID();
    await raw.publish(SUBMIT, JSON.stringify({ id, pattern: SUBMIT, data }));
    expect(await raw.replyTo(id)).toMatchObject({ response: { score: 1 } });
    expect(await totalOf('emitted')).toBe(1);
  });

  it('and the same packet twice is executed once', async () => {
    const id = randomUUID();
    const data = { auth: ADMIN_KEY, data: { board: 'twice', member: 'm', score: 1, operator: 'increment' } };
    for (let at = 0; at < 3; at++) await raw.publish(SUBMIT, JSON.stringify({ id, pattern: SUBMIT, data }));
    expect(await raw.replyTo(id)).toMatchObject({ response: { score: 1 } });
    const last = randomUUID();
    await raw.publish('access.caller.get', JSON.stringify({ id: last, data: { auth: ADMIN_KEY } }));
    await raw.replyTo(last);
    expect(raw.repliesTo(id)).toHaveLength(1);
    expect(await totalOf('twice')).toBe(1);
  });
});
