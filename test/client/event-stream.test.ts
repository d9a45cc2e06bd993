import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../clients/typescript/src/client.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Step = (signal: AbortSignal | null | undefined) => Response | Promise<Response>;

const refused =
  (status: number, headers: Record<string, string> = {}): Step =>
  () =>
    Response.json(
      { code: 'a.b', detail: 'no', status },
      { status, headers: { 'content-type': 'application/problem+json', ...headers } },
    );
/** A refusal of which a part comes. */
const cutOff: Step = () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) });
  return new Response(body, { status: 503 });
};
const lost: Step = () => Promise.reject(new TypeError('fetch failed'));

/** An event stream that says `text` and then ends, breaks off, or stays silent. */
const stream =
  (text: string, then: 'ends' | 'breaks' | 'stays'): Step =>
  (signal) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(text));
        signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
        if (then === 'ends') controller.close();
      },
      pull: (controller) => {
        if (then === 'breaks') controller.error(new Error('cut'));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
const entry = (id: string) => `id: ${id}\ndata: {"id":"${id}","data":1,"appendedAt":""}\n\n`;

/** Tails a service that does one step after the other, and gives what came and what was asked for. */
function tailed(steps: readonly Step[], signal?: AbortSignal) {
  const asked: { readonly url: string; readonly after: string | null }[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    asked.push({ url, after: new Headers(init.headers).get('last-event-id') });
    const step = steps[asked.length - 1] ?? lost;
    return await step(init.signal);
  };
  const client = createClient({ baseUrl: 'http://x', token: 't', fetch });
  const ids: string[] = [];
  const read = async (): Promise<void> => {
    for await (const { id } of client.tail('s', { ...(signal ? { signal } : {}) })) ids.push(id);
  };
  return { asked, ids, reading: read() };
}

describe('an event stream', () => {
  it('comes back with the place that it has reached, also if that is no event’s', async () => {
    const ending = new AbortController();
    const { asked, ids, reading } = tailed(
      [
        stream('retry: 10\nid: 0-0\n\n', 'ends'),
        stream(entry('1-0') + 'id: 2-0\ndata: {"id":', 'breaks'),
        stream(entry('2-0'), 'stays'),
      ],
      ending.signal,
    );
    await vi.advanceTimersByTimeAsync(2000);
    expect(ids).toEqual(['1-0', '2-0']);
    expect(asked.map(({ after }) => after)).toEqual([null, '0-0', '1-0']);
    ending.abort();
    await reading;
  });

  it('is opened again after a silence in which comments should have come', async () => {
    const { asked } = tailed([stream(':\n\n', 'stays'), stream('', 'stays')]);
    await vi.advanceTimersByTimeAsync(44_000);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3000);
    expect(asked).toHaveLength(2);
  });

  it('is asked for until the service is back, and no sooner than it says', async () => {
    const { asked, ids } = tailed([
      lost,
      cutOff,
      refused(503),
      refused(429, { 'retry-after': '60' }),
      stream(entry('1-0'), 'stays'),
    ]);
    await vi.advanceTimersByTimeAsync(55_000);
    expect(asked).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(ids).toEqual(['1-0']);
  });

  it.each([401, 403, 404, 422])('throws what time does not mend: %i', async (status) => {
    await expect(tailed([refused(status)]).reading).rejects.toMatchObject({ name: 'FulcrumError', status });
  });

  it('ends when its signal is aborted, also between two connections', async () => {
    const ending = new AbortController();
    const { reading } = tailed([lost], ending.signal);
    await vi.advanceTimersByTimeAsync(1);
    ending.abort();
    await reading;
    await tailed([], AbortSignal.abort()).reading;
  });
});
