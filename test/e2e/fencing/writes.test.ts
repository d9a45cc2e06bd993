import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWrite } from '../../../src/access/endpoint.js';
import { FENCED_WRITES } from './fenced-writes.js';
import { expectOk, expectRefusal, Fencing, type Transport } from './harness.js';

const FEATURES = ['leaderboards', 'streams', 'messaging', 'sessions'];
const TRANSPORTS: readonly Transport[] = ['http', 'message'];
const rows = TRANSPORTS.flatMap((transport) =>
  FENCED_WRITES.map(
    (write) =>
      [transport, `${write.operation} ${new URLSearchParams(write.query).toString()}`, write] as const,
  ),
);

let fencing: Fencing;

beforeAll(async () => {
  fencing = await Fencing.start();
});

afterAll(async () => {
  await fencing?.stop();
});

describe('fenced operations', () => {
  it('are all that write to boards, streams, channels and sessions, over both transports, and are all tried here', () => {
    const ofFeatures = fencing.handlers.filter(({ endpoint }) =>
      FEATURES.includes(endpoint.name.split('.')[0] ?? ''),
    );
    const writes = ofFeatures.filter(({ endpoint }) => isWrite(endpoint));
    expect(writes.filter(({ endpoint }) => !endpoint.fenced)).toEqual([]);
    const fenced = fencing.handlers.filter(({ endpoint }) => endpoint.fenced);
    expect(fenced).toEqual(writes);
    const tried = new Set(FENCED_WRITES.map(({ operation }) => operation));
    for (const transport of TRANSPORTS) {
      const declared = fenced.filter((each) => each.transport === transport);
      expect(new Set(declared.map(({ endpoint }) => endpoint.name))).toEqual(tried);
    }
  });
});

describe('a target that has seen r=7', () => {
  it.each(rows)('refuses r=6 and stays as it is: %s %s', async (transport, _name, write) => {
    const names = await fencing.freshAfter7(write.target);
    const before = await fencing.stateOf(write.target, names);
    const refused = await fencing.send(transport, write, names, { fence: 'r=6' });
    expectRefusal(refused, 412, 'fence.stale');
    expect(refused.body).toMatchObject({ resource: 'r', detail: expect.stringContaining('r than 6') });
    expect(await fencing.stateOf(write.target, names)).toEqual(before);
    // It was the token, and nothing else that is wrong with the request.
    expectOk(await fencing.send(transport, write, names, { fence: 'r=7' }));
    expect(await fencing.stateOf(write.target, names)).not.toEqual(before);
  });

  it.each(rows)('takes r=8, and then no r=7: %s %s', async (transport, _name, write) => {
    const names = await fencing.freshAfter7(write.target);
    expectOk(await fencing.send(transport, write, names, { fence: 'r=8' }));
    expect(await fencing.see(write.target, names, 'r=7')).toMatchObject({
      status: 412,
      body: { code: 'fence.stale' },
    });
    expect((await fencing.see(write.target, names, 'r=8')).status).toBeLessThan(300);
  });

  it.each(rows)('takes a token of another resource: %s %s', async (transport, _name, write) => {
    const names = await fencing.freshAfter7(write.target);
    expectOk(await fencing.send(transport, write, names, { fence: 's=1' }));
    expect((await fencing.see(write.target, names, 's=0')).status).toBe(412);
    expect((await fencing.see(write.target, names, 'r=7')).status).toBeLessThan(300);
  });

  it.each(rows)('takes what carries no fence: %s %s', async (transport, _name, write) => {
    const names = await fencing.freshAfter7(write.target);
    expectOk(await fencing.send(transport, write, names));
    expect((await fencing.see(write.target, names, 'r=6')).status).toBe(412);
  });
});

describe('a keyed request', () => {
  const keyed = rows.filter(
    ([transport, , { operation }]) =>
      transport === 'http' &&
      /\.(create|batch|close|append|receive|ack|nack|extend|commit|seek|replay|publish)$/.test(operation),
  );

  it.each(keyed)(
    'gets its first answer again though its fence is stale by now: %s %s',
    async (_http, _name, write) => {
      const names = await fencing.freshAfter7(write.target);
      const carried = { fence: 'r=7', key: randomUUID() };
      const first = await fencing.send('http', write, names, carried);
      expectOk(first);
      expect((await fencing.see(write.target, names, 'r=8')).status).toBeLessThan(300);
      const before = await fencing.stateOf(write.target, names);
      const again = await fencing.send('http', write, names, carried);
      expect(again.replayed).toBe(true);
      // What a group says of itself is as it stands, in the answer to a seek.
      if (write.operation !== 'streams.groups.seek') expect(again).toEqual({ ...first, replayed: true });
      expect(await fencing.stateOf(write.target, names)).toEqual(before);
      expectRefusal(
        await fencing.send('http', write, names, { ...carried, key: randomUUID() }),
        412,
        'fence.stale',
      );
    },
  );

  it.each(keyed)(
    'that was refused may be sent again with a newer fence: %s %s',
    async (_http, _name, write) => {
      const names = await fencing.freshAfter7(write.target);
      const key = randomUUID();
      expectRefusal(await fencing.send('http', write, names, { fence: 'r=6', key }), 412, 'fence.stale');
      const second = await fencing.send('http', write, names, { fence: 'r=8', key });
      expectOk(second);
      expect(second.replayed).toBe(false);
    },
  );
});
