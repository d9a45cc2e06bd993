import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newKey } from '../access/credentials.js';
import { ADMIN_KEY } from '../../support/service.js';
import { SocketReader } from '../../support/socket-reader.js';
import { expectProblem } from '../../support/problem.js';
import { waitUntil } from '../../support/wait-until.js';
import { LiveHarness, SOCKET, STREAM } from './harness.js';

const SECRET = 'a-shared-secret-of-at-least-32-bytes!';
const END = { reason: 'access.invalid-credential' };

let live: LiveHarness;

beforeAll(async () => {
  live = await LiveHarness.start({ JWT_SECRET: SECRET });
});
afterEach(() => live.leave());
afterAll(() => live?.stop());

const jwt = (seconds: number) =>
  new SignJWT({ roles: ['admin'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('somebody')
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(new TextEncoder().encode(SECRET));

/** Both kinds of connections, with a credential in the header or in the query. */
async function bothKinds(token: string, query = '') {
  const inHeader = query === '' ? token : null;
  const [socket] = await live.socket(inHeader, { query });
  const [stream] = await live.stream(inHeader, { query });
  const untilEnded = async () => {
    await waitUntil('both have ended', () => socket.closed && stream.ended);
    expect(socket.frames()).toEqual([{ type: 'end', ...END, reconnectMs: expect.any(Number) }]);
    expect(socket.closed?.code).toBe(1008);
    expect(stream.datas('end')).toEqual([END]);
  };
  return { socket, stream, untilEnded };
}

const queryOf = (token: string) => `?access_token=${encodeURIComponent(token)}`;

describe('live connections', () => {
  it('end within two seconds of the revocation of their key, and no others', async () => {
    const { id, secret } = await newKey(live.service.admin, { roles: ['reader'] });
    const ended = [
      await bothKinds(secret),
      await bothKinds(secret),
      await bothKinds(secret, queryOf(secret)),
    ];
    const stays = await bothKinds(ADMIN_KEY);
    expect((await live.service.admin.delete(`/v1/api-keys/${id}`)).status).toBe(204);
    const revoked = performance.now();
    await Promise.all(ended.map(({ untilEnded }) => untilEnded()));
    console.log(`six connections ended ${Math.round(performance.now() - revoked)} ms after the revocation`);
    stays.socket.socket.send('still here');
    await waitUntil('the echo', () => stays.socket.texts.length === 1);
    expect(stays.stream.ended).toBe(false);
  });

  it('end when their token expires, which is not verified again before', async () => {
    const long = await bothKinds(await jwt(300));
    const token = await jwt(3);
    const ended = [await bothKinds(token), await bothKinds(token, queryOf(token))];
    await Promise.all(ended.map(({ untilEnded }) => untilEnded()));
    expect([long.socket.closed, long.stream.ended]).toEqual([undefined, false]);
  });
});

describe('a credential in the query', () => {
  it('counts where browsers can send no header', async () => {
    const { socket, stream } = await bothKinds(ADMIN_KEY, queryOf(ADMIN_KEY));
    expect([socket.closed, stream.ended]).toEqual([undefined, false]);
    await live.service.admin.post('/v1/leaderboards/queried/submissions', { member: 'm', score: 1 });
    await live.service.admin.put('/v1/streams/queried', {});
    for (const path of ['/v1/leaderboards/queried/live', '/v1/streams/queried/tail']) {
      const leave = new AbortController();
      const url = `${live.service.url}${path}${queryOf(ADMIN_KEY)}`;
      const { status, headers } = await fetch(url, { signal: leave.signal });
      leave.abort();
      expect([status, headers.get('content-type')], path).toEqual([200, 'text/event-stream; charset=utf-8']);
    }
  });

  it('is nothing anywhere else', async () => {
    const anonymous = live.service.as(undefined);
    for (const path of [
      '/v1/me',
      '/v1/leaderboards',
      '/v1/streams/queried',
      '/v1/leaderboards/queried/entries',
    ]) {
      expectProblem(await anonymous.get(`${path}${queryOf(ADMIN_KEY)}`), 401, 'access.no-credential');
    }
    expectProblem(
      await live.service.admin.get(`/v1/leaderboards${queryOf(ADMIN_KEY)}`),
      422,
      'request.invalid',
    );
  });

  it('is checked as any other, and is no second one', async () => {
    const anonymous = live.service.as(undefined);
    for (const [query, status, code] of [
      ['', 401, 'access.no-credential'],
      ['?access_token=', 401, 'access.no-credential'],
      ['?access_token=fk_no_key', 401, 'access.invalid-credential'],
      ['?access_token=a%20b', 401, 'access.invalid-credential'],
      [`${queryOf(ADMIN_KEY)}&access_token=x`, 401, 'access.no-credential'],
    ] as const) {
      const refused = await anonymous.get(`${STREAM}${query}`);
      expectProblem(refused, status, code);
      expect(refused.body.instance).toBe(STREAM);
      expectProblem(
        await SocketReader.refused(`${live.service.url}${SOCKET}${query}`, undefined),
        status,
        code,
      );
    }
    const both = await live.service.admin.get(`${STREAM}${queryOf(ADMIN_KEY)}`);
    expectProblem(both, 422, 'request.invalid');
    expect(both.body.errors).toEqual([{ pointer: '/access_token', detail: expect.stringMatching(/./) }]);
    expect(JSON.stringify(both.body)).not.toContain(ADMIN_KEY);
  });
});
