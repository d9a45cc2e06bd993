import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../support/event-reader.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADMIN_KEY, startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { patience, sized } from './sizes.js';

const OTHERS = 20;
const MESSAGES = sized(100, 500);
const TURNS = sized(2, 5);
const EVERY_MS = 5;
const LARGE = 'x'.repeat(60_000);
/** More than the kernel and the queue take for a client that does not read. */
const FILLING = 16 * 1024 * 1024;
const CHANNEL = 'neighbours';

let redis: TestRedis;
let service: TestService;
let others: EventReader[];

beforeAll(async () => {
  redis = await startRedis();
  service = await startService({ REDIS_URL: redis.serviceUrl });
  await service.admin.put(`/v1/channels/${CHANNEL}`, { slowConsumer: 'drop-oldest' });
  others = await Promise.all(Array.from({ length: OTHERS }, () => open()));
});

afterAll(async () => {
  for (const reader of others ?? []) reader.close();
  await service?.stop();
  await redis?.stop();
});

async function open(): Promise<EventReader> {
  const reader = await EventReader.open(`${service.url}/v1/events?channel=${CHANNEL}`, ADMIN_KEY);
  await waitUntil('its place', () => reader.lastEventId !== '');
  return reader;
}

async function publish(data: unknown): Promise<void> {
  const { status } = await service.admin.post(`/v1/channels/${CHANNEL}/messages`, { data });
  expect(status).toBe(201);
}

/** A client that reads nothing any more, and for which as much waits as may. */
async function stalled(): Promise<EventReader> {
  const reader = await open();
  reader.pause();
  for (let sent = 0; sent < FILLING; sent += LARGE.length) await publish(LARGE);
  await waitUntil('the others have it', () =>
    others.every(({ events }) => events.length * LARGE.length >= FILLING),
  );
  for (const { events } of others) events.splice(0);
  return reader;
}

/** Time from the request to publish until each of the others has the message, in ms; the 99th of a hundred. */
async function p99(): Promise<number> {
  const sentAt: number[] = [];
  const published: Promise<void>[] = [];
  for (let n = 0; n < MESSAGES; n++) {
    sentAt.push(performance.now());
    published.push(publish({ n }));
    await pause(EVERY_MS);
  }
  await Promise.all(published);
  await waitUntil('all have all', () => others.every(({ events }) => events.length === MESSAGES));
  const waits = others.flatMap(({ events }) =>
    events.splice(0).map(({ data, at }) => {
      const { n } = (JSON.parse(data) as { data: { n: number } }).data;
      return at - (sentAt[n] ?? 0);
    }),
  );
  waits.sort((one, other) => one - other);
  return waits[Math.floor(waits.length * 0.99)] ?? NaN;
}

describe('neighbours of a subscriber that does not read', () => {
  it(
    'get every message; how long they wait for it is shown',
    async () => {
      await p99();
      const [without, beside]: [number[], number[]] = [[], []];
      for (let turn = 0; turn < TURNS; turn++) {
        without.push(await p99());
        const reader = await stalled();
        beside.push(await p99());
        expect(reader.ended).toBe(false);
        reader.close();
      }
      const text = (figures: readonly number[]) => figures.map((ms) => ms.toFixed(1)).join(', ');
      console.log(
        `p99 of ${OTHERS} others over ${MESSAGES} messages: ${text(without)} ms, and ${text(beside)} ms beside one that does not read`,
      );
    },
    patience(TURNS, 30_000),
  );
});
