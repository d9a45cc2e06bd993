import { describe, expect, it, vi } from 'vitest';
import { createClient, type ClientOptions } from '../../clients/typescript/src/client.js';
import { FulcrumConnectionError, FulcrumError } from '../../clients/typescript/src/errors.js';

const PATH = { params: { path: { board: 'weekly' } } };
const SCORE = { ...PATH, body: { member: 'a', score: 1 } };
const QUICK = { attempts: 3, baseMs: 1, maxMs: 2 };

type Answer = Response | Error | ((init: RequestInit) => Promise<Response>);

const good = () => Response.json({ member: 'a', score: 1, rank: 1 });

function problem(status: number, members: object = {}, headers: Record<string, string> = {}): Response {
  const body = { code: 'redis.unavailable', detail: 'away', requestId: 'r1', status, ...members };
  return Response.json(body, { status, headers: { ...headers, 'content-type': 'application/problem+json' } });
}

/** A client whose requests get `answers`, the last one again and again, and what it sent. */
function clientOf(answers: readonly Answer[], options: Partial<ClientOptions> = {}) {
  const sent: { readonly url: string; readonly headers: Headers; readonly body: unknown }[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const answer = answers[Math.min(sent.length, answers.length - 1)];
    sent.push({ url, headers: new Headers(init.headers), body: init.body });
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? await answer(init) : answer!.clone();
  };
  return {
    client: createClient({ baseUrl: 'http://x/', token: 't', fetch, retry: QUICK, ...options }),
    sent,
  };
}

const broken = new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
const never = (init: RequestInit) =>
  new Promise<Response>((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });

describe('a call', () => {
  it('is sent with the credential and its path encoded, and gives data and headers', async () => {
    const { client, sent } = clientOf([good()], { token: async () => 'now' });
    const params = { path: { board: 'weekly', member: '@nestjs/core' } };
    const { data, response } = await client.GET('/v1/leaderboards/{board}/entries/{member}', { params });
    expect(data.rank).toBe(1);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(sent[0]?.url).toBe('http://x/v1/leaderboards/weekly/entries/%40nestjs%2Fcore');
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer now');
    expect(sent[0]?.headers.get('idempotency-key')).toBeNull();
  });

  it('throws a problem with all that it says', async () => {
    const errors = [{ pointer: '/score', detail: 'must be finite' }];
    const { client, sent } = clientOf([problem(422, { code: 'request.invalid', errors, retryAfterMs: 5 })]);
    const thrown: unknown = await client
      .POST('/v1/leaderboards/{board}/submissions', SCORE)
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(FulcrumError);
    expect(thrown).toMatchObject({
      name: 'FulcrumError',
      status: 422,
      code: 'request.invalid',
      detail: 'away',
      requestId: 'r1',
      retryAfterMs: 5,
      retryable: false,
      errors,
    });
    expect(sent).toHaveLength(1);
  });

  it('throws what is no problem document too', async () => {
    const { client } = clientOf([new Response('<html>', { status: 404, headers: { 'retry-after': '2' } })]);
    await expect(client.GET('/v1/leaderboards/{board}', PATH)).rejects.toMatchObject({
      status: 404,
      code: 'client.no-problem-document',
      retryAfterMs: 2000,
      problem: undefined,
    });
  });
});

describe('an Idempotency-Key', () => {
  it('is made for each POST that takes one, and stays the same when it is sent again', async () => {
    const { client, sent } = clientOf([broken, problem(503, { retryable: true }), good()]);
    await client.POST('/v1/leaderboards/{board}/submissions', SCORE);
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
    expect(new Set(sent.map(({ body }) => body))).toEqual(new Set([JSON.stringify(SCORE.body)]));
    await client.POST('/v1/leaderboards/{board}/submissions', SCORE);
    expect(sent.at(-1)?.headers.get('idempotency-key')).not.toBe(keys[0]);
  });

  it('is the caller’s where there is one, and is not sent where none is taken', async () => {
    const { client, sent } = clientOf([good()]);
    await client.POST('/v1/leaderboards/{board}/submissions', {
      ...SCORE,
      params: { ...PATH.params, header: { 'Idempotency-Key': 'mine' } },
    });
    await client.POST('/v1/leaderboards/{board}/entries/lookup', { ...PATH, body: { members: ['a'] } });
    expect(sent.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['mine', null]);
  });
});

describe('a request is sent again', () => {
  const SENDS = {
    GET: (client: ReturnType<typeof createClient>) => client.GET('/v1/leaderboards/{board}', PATH),
    PUT: (client: ReturnType<typeof createClient>) =>
      client.PUT('/v1/leaderboards/{board}', { ...PATH, body: {} }),
    DELETE: (client: ReturnType<typeof createClient>) => client.DELETE('/v1/leaderboards/{board}', PATH),
    'a POST with a key': (client: ReturnType<typeof createClient>) =>
      client.POST('/v1/leaderboards/{board}/submissions', SCORE),
    'a POST without a key': (client: ReturnType<typeof createClient>) =>
      client.POST('/v1/leaderboards/{board}/entries/lookup', { ...PATH, body: { members: ['a'] } }),
    PATCH: (client: ReturnType<typeof createClient>) =>
      client.PATCH('/v1/sessions/current', { params: { header: { 'Session-Token': 's' } }, body: {} }),
  };
  const ALL = Object.keys(SENDS);
  const REPEATABLE = ['GET', 'PUT', 'DELETE', 'a POST with a key'];

  it.each<[string, Answer, readonly string[]]>([
    ['after a lost connection, where that changes nothing more', broken, REPEATABLE],
    ['after an answer of a proxy, likewise', new Response('', { status: 502 }), REPEATABLE],
    ['after an answer that permits it', problem(503, { retryable: true }), ALL],
    ['after 429', problem(429), ALL],
    ['not after an answer that does not', problem(503, { retryable: false }), []],
    ['not after 500', problem(500), []],
    ['not after a conflict, whatever it says of time', problem(423, { retryAfterMs: 1 }), []],
  ])('%s', async (_when, answer, again) => {
    for (const [name, run] of Object.entries(SENDS)) {
      const { client, sent } = clientOf([answer, good()]);
      const outcome = await run(client).then(
        () => 'good',
        () => 'thrown',
      );
      expect([name, outcome, sent.length]).toEqual([
        name,
        ...(again.includes(name) ? ['good', 2] : ['thrown', 1]),
      ]);
    }
  });

  it('a bounded number of times', async () => {
    const { client, sent } = clientOf([broken]);
    await expect(client.GET('/v1/leaderboards/{board}', PATH)).rejects.toThrow('ECONNRESET');
    expect(sent).toHaveLength(3);
    await expect(
      client.GET('/v1/leaderboards/{board}', { ...PATH, retry: { attempts: 1 } }),
    ).rejects.toBeInstanceOf(FulcrumConnectionError);
    expect(sent).toHaveLength(4);
  });

  it('not when the service asks for more time than there is', async () => {
    const { client, sent } = clientOf([problem(429, { retryAfterMs: 60_000 }), good()]);
    await expect(client.GET('/v1/leaderboards/{board}', PATH)).rejects.toMatchObject({ status: 429 });
    expect(sent).toHaveLength(1);
  });

  it('no earlier than the service asks for', async () => {
    vi.useFakeTimers();
    try {
      const { client, sent } = clientOf([problem(429, { retryAfterMs: 5000 }), good()]);
      const call = client.GET('/v1/leaderboards/{board}', PATH);
      await vi.advanceTimersByTimeAsync(4999);
      expect(sent).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(QUICK.maxMs + 1);
      expect(sent).toHaveLength(2);
      await call;
    } finally {
      vi.useRealTimers();
    }
  });

  it('after an attempt that took too long', async () => {
    const { client, sent } = clientOf([never, good()], { timeoutMs: 20 });
    await client.GET('/v1/leaderboards/{board}', PATH);
    expect(sent).toHaveLength(2);
  });

  it('after an answer that broke off', async () => {
    const half = new ReadableStream<Uint8Array>({ pull: (stream) => stream.error(new Error('cut')) });
    const { client, sent } = clientOf([() => Promise.resolve(new Response(half)), good()]);
    expect((await client.POST('/v1/leaderboards/{board}/submissions', SCORE)).data.rank).toBe(1);
    expect(sent).toHaveLength(2);
  });
});

describe('a signal', () => {
  it.each<[string, Answer]>([
    ['an answer', never],
    ['the next attempt', problem(429, { retryAfterMs: 20_000 })],
  ])('ends the waiting for %s with its reason', async (_what, answer) => {
    const { client, sent } = clientOf([answer]);
    const leaving = new AbortController();
    const call = client.GET('/v1/leaderboards/{board}', { ...PATH, signal: leaving.signal });
    const reason = new Error('enough');
    setImmediate(() => leaving.abort(reason));
    await expect(call).rejects.toBe(reason);
    expect(sent).toHaveLength(1);
  });

  it('that is aborted already sends nothing', async () => {
    const { client, sent } = clientOf([good()]);
    const call = client.GET('/v1/leaderboards/{board}', { ...PATH, signal: AbortSignal.abort('no') });
    await expect(call).rejects.toBe('no');
    expect(sent).toHaveLength(0);
  });
});
