import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWrite } from '../../../src/access/endpoint.js';
import { ADMIN_KEY } from '../../support/service.js';
import { SocketClient } from '../../support/socket-client.js';
import { waitUntil } from '../../support/wait-until.js';
import { FENCED_WRITES } from './fenced-writes.js';
import { expectRefusal, Fencing, type Guarded, type Outcome } from './harness.js';

let fencing: Fencing;

beforeAll(async () => {
  fencing = await Fencing.start();
});

afterAll(async () => {
  await fencing?.stop();
});

const BAD = [
  '',
  'r',
  '=1',
  'r=',
  'r=-1',
  'r=+1',
  'r=01',
  'r=1.0',
  'r=1e3',
  'r=0x1',
  'r=9007199254740992',
  'r=99999999999999999999',
  'r =1',
  'r= 1',
  'r=1, s=2',
  'r=1,r=1',
  'r=1;s=2',
  '.r=1',
  'a/b=1',
  `${'r'.repeat(129)}=1`,
];

/** A request for `handler` whose names exist nowhere: what the guard says of it comes before anybody looks for them. */
async function call({ transport, address }: Guarded, fence: string | undefined): Promise<Outcome> {
  const carried = fence === undefined ? {} : { fence };
  if (transport === 'message') return await fencing.sendMessage(address, {}, carried);
  const [method = '', template = ''] = address.split(' ');
  return await fencing.sendRequest(method, template.replaceAll(/:\w+/g, 'none'), undefined, carried);
}

/** What every handler that `isMeant` answers to a request with `fence`. */
async function callEach(isMeant: (handler: Guarded) => boolean, fence: string | undefined) {
  const answers = new Map<string, Outcome>();
  for (const handler of fencing.handlers.filter(isMeant)) {
    answers.set(`${handler.transport} ${handler.address}`, await call(handler, fence));
  }
  return answers;
}

/** Submits with the header lines `fences`, as they are. */
async function submitRaw(
  board: string,
  fences: readonly string[],
): Promise<{ status: number; body: unknown }> {
  const body = JSON.stringify({ member: 'm', score: 1 });
  return await new Promise((resolve, reject) => {
    const sent = request(
      `${fencing.service.url}/v1/leaderboards/${board}/submissions`,
      {
        method: 'POST',
        agent: false,
        headers: {
          authorization: `Bearer ${ADMIN_KEY}`,
          'content-type': 'application/json',
          'content-length': body.length,
          fence: [...fences],
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }),
        );
      },
    );
    sent.on('error', reject).end(body);
  });
}

describe('a fence of another form', () => {
  it.each(BAD)('is refused, and nothing changes: %j', async (fence) => {
    const board = randomUUID();
    const submission = { member: 'm', score: 1 };
    const path = `/v1/leaderboards/${board}/submissions`;
    expectRefusal(await fencing.sendRequest('POST', path, submission, { fence }), 422, 'fence.invalid');
    const message = { board, ...submission };
    const refused = await fencing.sendMessage('leaderboards.submissions.create', message, { fence });
    expectRefusal(refused, 422, 'fence.invalid');
    expect((await fencing.topology.keys()).filter((key) => key.includes(board))).toEqual([]);
  });

  it('is refused by every operation that asks for a credential, whatever it does', async () => {
    const answers = await callEach(() => true, 'r=-1');
    expect(answers.size).toBe(fencing.handlers.length);
    for (const [address, { status, body }] of answers) {
      expect({ address, status, code: body.code }).toEqual({ address, status: 422, code: 'fence.invalid' });
    }
  });

  it('is what a header that comes twice is', async () => {
    const board = randomUUID();
    for (const fences of [
      ['r=1', 'r=1'],
      ['r=1', 's=2'],
      ['', 'r=1'],
      ['r=1', ''],
    ]) {
      expect(await submitRaw(board, fences)).toMatchObject({ status: 422, body: { code: 'fence.invalid' } });
    }
    expect((await fencing.topology.keys()).filter((key) => key.includes(board))).toEqual([]);
    expect((await submitRaw(board, ['r=1'])).status).toBe(200);
  });

  it('is looked at only once the credential is known', async () => {
    const { body } = await fencing.service
      .as(undefined)
      .post('/v1/leaderboards/b/submissions', { member: 'm', score: 1 }, { fence: 'r=-1' });
    expect(body).toMatchObject({ status: 401 });
  });

  it('is one by a hair: 0 and 2^53-1 are tokens', async () => {
    const board = randomUUID();
    const submit = (fence: string) =>
      fencing.sendRequest(
        'POST',
        `/v1/leaderboards/${board}/submissions`,
        { member: 'm', score: 1 },
        { fence },
      );
    expect((await submit('r=0')).status).toBe(200);
    expect((await submit('r=9007199254740990')).status).toBe(200);
    expect((await submit('r=9007199254740991')).status).toBe(200);
    expectRefusal(await submit('r=9007199254740990'), 412, 'fence.stale');
  });
});

describe('writes that check no fence', () => {
  it('refuse one, and do without', async () => {
    const isUnfenced = ({ endpoint }: Guarded) => isWrite(endpoint) && !endpoint.fenced;
    const answers = await callEach(isUnfenced, 'r=1');
    expect(answers.size).toBeGreaterThan(15);
    for (const [address, { status, body }] of answers) {
      expect({ address, status, code: body.code }).toEqual({
        address,
        status: 422,
        code: 'fence.not-supported',
      });
    }
  });

  it('change nothing when they refuse', async () => {
    const policy = `/v1/rate-limits/${randomUUID()}`;
    const limit = { capacity: 9, refillTokens: 1, refillIntervalMs: 60_000 };
    const refused = await fencing.sendRequest('PUT', policy, limit, { fence: 'r=1' });
    expectRefusal(refused, 422, 'fence.not-supported');
    expect((await fencing.service.admin.get(policy)).status).toBe(404);
    expect((await fencing.sendRequest('PUT', policy, limit, {})).status).toBe(201);
  });

  it('say first who may not write at all', async () => {
    const { body } = await fencing.service.admin.post('/v1/api-keys', { name: 'r', roles: ['reader'] });
    const limit = { capacity: 9, refillTokens: 1, refillIntervalMs: 60_000 };
    const refused = await fencing.service.as(body.secret).put('/v1/rate-limits/p', limit, { fence: 'r=1' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'access.forbidden' } });
  });

  it('are those of frames too: a WebSocket’s publish has no such field', async () => {
    const channel = randomUUID();
    const socket = await SocketClient.open(fencing.service.url, ADMIN_KEY, { fence: 'r=1' });
    socket.send({ type: 'publish', channel, data: 1, fence: 'r=1' });
    const [error] = await waitUntil('an answer', () =>
      socket.of('error').length > 0 ? socket.of('error') : undefined,
    );
    expect(error).toMatchObject({ problem: { status: 422, code: 'request.invalid' } });
    socket.socket.close();
    expect((await fencing.service.admin.get(`/v1/channels/${channel}/messages`)).body.items).toEqual([]);
  });
});

describe('reads', () => {
  it('answer as they do without a fence', async () => {
    // Live connections go on for as long as nobody leaves them.
    const isRead = ({ endpoint }: Guarded) => !isWrite(endpoint) && !endpoint.credentialInQuery;
    const [without, fenced] = [await callEach(isRead, undefined), await callEach(isRead, 'r=1')];
    expect(without.size).toBeGreaterThan(30);
    const plain = (answers: Map<string, Outcome>) =>
      [...answers].map(([address, { status, body }]) => [address, status, String(body.code)]);
    expect(plain(fenced)).toEqual(plain(without));
    expect(plain(fenced).some(([, status]) => status === 200)).toBe(true);
  });

  it('neither make a target see a token nor mind one', async () => {
    const names = await fencing.freshAfter7('board');
    for (const fence of ['r=9', 'r=1']) {
      const read = await fencing.sendRequest('GET', `/v1/leaderboards/${names.board}`, undefined, { fence });
      expect(read.status).toBe(200);
    }
    expect((await fencing.see('board', names, 'r=7')).status).toBe(200);
  });
});

describe('tokens', () => {
  it.each(['board', 'stream', 'channel'] as const)('of one %s are nothing to another one', async (kind) => {
    const [one, other] = [await fencing.freshAfter7(kind), await fencing.fresh(kind)];
    expect((await fencing.see(kind, other, 'r=1')).status).toBe(200);
    expect((await fencing.see(kind, one, 'r=6')).status).toBe(412);
  });

  it('of a board are nothing to a stream or a channel of that name', async () => {
    const names = await fencing.freshAfter7('board');
    for (const kind of ['stream', 'channel'] as const)
      expect((await fencing.see(kind, names, 'r=1')).status).toBeLessThan(300);
  });

  it.each(['board', 'stream', 'channel'] as const)(
    'of a %s are nothing to that of another tenant',
    async (kind) => {
      const names = await fencing.freshAfter7(kind);
      const key = { name: 'k', roles: ['admin'], tenant: 'elsewhere' };
      const { secret } = (await fencing.service.admin.post('/v1/api-keys', key)).body;
      const client = fencing.service.as(secret);
      await fencing.fresh(kind, client, names[kind]);
      expect((await fencing.see(kind, names, 'r=1', client)).status).toBe(200);
      expect((await fencing.see(kind, names, 'r=6')).status).toBe(412);
    },
  );

  it.each(['board', 'stream'] as const)('outlive the %s that they were seen by', async (kind) => {
    const names = await fencing.freshAfter7(kind);
    const write = FENCED_WRITES.find(({ operation }) => operation.endsWith(`${kind}s.delete`));
    expect((await fencing.send('http', write!, names, { fence: 'r=8' })).status).toBe(204);
    expect((await fencing.see(kind, names, 'r=7')).status).toBe(412);
    expect((await fencing.see(kind, names, 'r=8')).status).toBe(201);
  });

  it('are kept for 30 days after the last write', async () => {
    const names = await fencing.freshAfter7('board');
    const key = `fulcrum:default:{leaderboards:${names.board}}:fence:r`;
    const client = fencing.topology.connect();
    try {
      expect(await client.get(key)).toBe('7');
      await client.pexpire(key, 1000);
      await fencing.see('board', names, 'r=7');
      const days = (await client.pttl(key)) / 86_400_000;
      expect(days).toBeGreaterThan(29.9);
      expect(days).toBeLessThanOrEqual(30);
    } finally {
      client.disconnect();
    }
  });
});
