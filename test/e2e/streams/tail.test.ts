import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../../support/event-reader.js';
import { expectProblem } from '../../support/problem.js';
import { Random, seedOfRun } from '../../support/random.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { StreamUser } from './harness.js';

const SEED = seedOfRun();
const CUTS = 100;
const ENTRIES = 20_000;
const BATCH = 100;

let topology: Topology;
let nodes: [TestService, TestService];
const readers: EventReader[] = [];

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
});

afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

async function tail(stream: string, query = '', lastEventId = '', node = nodes[0]): Promise<EventReader> {
  const headers: Record<string, string> = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
  const reader = await EventReader.open(`${node.url}/v1/streams/${stream}/tail${query}`, ADMIN_KEY, headers);
  readers.push(reader);
  expect(reader.status).toBe(200);
  expect(reader.contentType).toMatch(/^text\/event-stream/);
  await waitUntil('its place', () => reader.lastEventId !== '');
  return reader;
}

const idsOf = (reader: EventReader) => reader.events.map(({ id }) => id);

describe('following a stream', () => {
  it('begins now, with the first entry, with an entry, or after the last that arrived', async () => {
    const user = new StreamUser(nodes[0], 'followed');
    const ids = await user.append({ n: 1 }, { n: 2 }, { n: 3 });
    const all = [
      await tail('followed'),
      await tail('followed', '?from=begin'),
      await tail('followed', `?from=${ids[1]}`),
      await tail('followed', '?from=begin', ids[1]),
      await tail('followed', '', ids[1], nodes[1]),
    ];
    const [next = ''] = await user.append({ n: 4 });
    await waitUntil('all have the last', () => all.every((reader) => idsOf(reader).at(-1) === next));
    expect(all.map(idsOf)).toEqual([
      [next],
      [...ids, next],
      [...ids.slice(1), next],
      [...ids.slice(2), next],
      [...ids.slice(2), next],
    ]);
    const [first] = all[1]?.events ?? [];
    expect(first?.event).toBe('message');
    expect(JSON.parse(first?.data ?? '')).toEqual({
      id: ids[0],
      data: { n: 1 },
      appendedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('ends when the stream is removed, and is refused for one that is not there or another place than an id', async () => {
    const user = new StreamUser(nodes[0], 'removed');
    await user.append(1);
    const reader = await tail('removed');
    await nodes[0].admin.delete(user.path);
    await waitUntil('the end', () => reader.ended);
    expect(reader.datas('end')).toEqual([{ reason: 'streams.stream-not-found' }]);
    expectProblem(await nodes[0].admin.get(`${user.path}/tail`), 404, 'streams.stream-not-found');
    await user.append(1);
    expectProblem(await nodes[0].admin.get(`${user.path}/tail?from=x`), 422, 'request.invalid');
    const bad = await nodes[0].admin.get(`${user.path}/tail`, { 'last-event-id': 'x' });
    expectProblem(bad, 422, 'request.invalid');
  });

  it('of a client that comes back before its first entry misses nothing of the time between', async () => {
    const user = new StreamUser(nodes[0], 'early');
    await user.append(1);
    const first = await tail('early');
    first.close();
    const missed = await user.append(2, 3);
    const second = await tail('early', '', first.lastEventId);
    await waitUntil('what was missed', () => second.events.length === 2);
    expect(idsOf(second)).toEqual(missed);
  });

  it(`gives every id once, in order, over ${ENTRIES} entries and ${CUTS} cuts at random (seed ${SEED})`, async () => {
    const { seen, appended } = await cutAtRandom('cut', ENTRIES, (last) => ['', last]);
    expect(seen.length).toBe(ENTRIES);
    expect(seen).toEqual(appended);
  });

  it('with a client that comes back with the last id as the first to send is seen to give doubles', async () => {
    const { seen, appended } = await cutAtRandom('cut-naively', ENTRIES / 10, (last) => [
      `?from=${last}`,
      '',
    ]);
    expect(new Set(seen).size).toBe(appended.length);
    expect(seen.length).toBeGreaterThan(appended.length);
  });
});

/** Appends `count` entries while a client follows them that is cut off again and again and comes back as `resume` says. */
async function cutAtRandom(
  stream: string,
  count: number,
  resume: (last: string) => readonly [query: string, lastEventId: string],
): Promise<{ seen: string[]; appended: string[] }> {
  const random = new Random(SEED);
  const { admin } = nodes[0];
  const path = `/v1/streams/${stream}`;
  await admin.put(path, {});
  const appended: string[] = [];
  const writing = (async () => {
    for (let at = 0; at < count; at += BATCH) {
      const entries = Array.from({ length: BATCH }, (_each, n) => ({ data: at + n }));
      const { body } = await admin.post(`${path}/entries/batch`, { entries });
      appended.push(...body.ids);
    }
  })();
  const seen: string[] = [];
  let last = '0-0';
  for (let cut = 0; cut < CUTS; cut++) {
    const reader = await tail(stream, ...resume(last), random.pick(nodes));
    const wanted = 1 + random.below(count / CUTS);
    await waitUntil(
      'some entries',
      () => reader.events.length >= wanted || reader.lastEventId === appended[count - 1],
    );
    reader.close();
    seen.push(...reader.events.map(({ id }) => id ?? ''));
    last = reader.lastEventId;
  }
  await writing;
  const rest = await tail(stream, ...resume(last));
  await waitUntil('the rest', () => rest.lastEventId === appended.at(-1));
  seen.push(...rest.events.map(({ id }) => id ?? ''));
  return { seen, appended };
}
