import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newKey } from '../access/credentials.js';
import { SocketReader } from '../../support/socket-reader.js';
import { expectProblem } from '../../support/problem.js';
import { waitUntil } from '../../support/wait-until.js';
import { LiveHarness, SOCKET, STREAM } from './harness.js';

let live: LiveHarness;

beforeAll(async () => {
  live = await LiveHarness.start({ LIVE_CONNECTIONS_PER_CREDENTIAL: '2', LIVE_CONNECTIONS_PER_TENANT: '3' });
});
afterEach(() => live.leave());
afterAll(() => live?.stop());

const secretOf = async (tenant?: string) =>
  (await newKey(live.service.admin, { roles: ['reader'], ...(tenant === undefined ? {} : { tenant }) }))
    .secret;

/** What either kind is refused with. */
async function refusals(token: string) {
  return [
    await live.service.as(token).get(STREAM),
    await SocketReader.refused(`${live.service.url}${SOCKET}`, token),
  ];
}

async function expectRefused(token: string, detail: string): Promise<void> {
  for (const refused of await refusals(token)) {
    expectProblem(refused, 429, 'live.too-many-connections');
    expect(refused.body).toMatchObject({ detail, retryAfterMs: 1000 });
    expect(refused.headers.get('retry-after')).toBe('1');
  }
}

describe('live connections', () => {
  it('are limited by credential and by tenant, and make room when they close', async () => {
    const [one, other, elsewhere] = [await secretOf('t'), await secretOf('t'), await secretOf('u')];
    const [socket] = await live.socket(one);
    const [, stream] = await live.stream(one);
    await expectRefused(one, 'The credential has at most 2 live connections here at a time.');
    await live.socket(other);
    await expectRefused(other, 'The tenant has at most 3 live connections here at a time.');
    await live.socket(elsewhere);
    socket.close();
    await waitUntil('there is room for a stream', () =>
      live.stream(other).then(
        () => true,
        () => false,
      ),
    );
    stream.end('over', 1);
    await live.socket(one);
    await expectRefused(one, 'The tenant has at most 3 live connections here at a time.');
  });

  it('of a HEAD, and what is refused otherwise, take no place', async () => {
    const key = await secretOf('v');
    for (let again = 0; again < 5; again++) {
      expect((await live.service.as(key).send('HEAD', STREAM)).status).toBe(200);
      expectProblem(await live.service.as(key).get(SOCKET), 426);
      const refused = await SocketReader.refused(`${live.service.url}${SOCKET}`, key, { origin: 'null' });
      expectProblem(refused, 403);
    }
    await live.stream(key);
    await live.socket(key);
  });
});
