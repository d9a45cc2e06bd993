import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../support/api-client.js';
import { EventReader } from '../../support/event-reader.js';
import { MessageClient } from '../../support/message-client.js';
import { startService, type TestService } from '../../support/service.js';
import { SocketClient } from '../../support/socket-client.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { subscribers } from './channel-names.js';
import { newKey } from './credentials.js';

const ROUNDS = 5;

let topology: Topology;
let nodes: TestService[];
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
  messages = new MessageClient(topology.messageUrl, undefined);
});

afterAll(async () => {
  await messages.close();
  for (const node of nodes) await node.stop();
  await topology.stop();
});

function nodeAt(index: number): TestService {
  const node = nodes[index];
  if (node === undefined) throw new Error(`there is no node ${index}`);
  return node;
}

async function accepted(url: string, token: string): Promise<boolean> {
  const { status } = await new ApiClient(url, token).get('/v1/me');
  expect([200, 401]).toContain(status);
  return status === 200;
}

/** When the last request began that was still accepted; polls until one is refused. */
async function lastAccepted(attempt: () => Promise<boolean>): Promise<number> {
  let last = -Infinity;
  await waitUntil(
    'the credential is refused',
    async () => {
      const began = performance.now();
      if (!(await attempt())) return true;
      last = began;
      return false;
    },
    { everyMs: 5 },
  );
  return last;
}

/** What is measured is when requests begin: a slow machine makes none begin later than it did. */
async function latestUse(token: string, end: () => Promise<unknown>): Promise<number> {
  const attempts = [
    ...nodes.map(
      ({ url }) =>
        () =>
          accepted(url, token),
    ),
    async () =>
      await messages.send('access.caller.get', {}, { auth: token }).then(
        () => true,
        (problem: unknown) => {
          expect(problem).toMatchObject({ status: 401 });
          return false;
        },
      ),
  ];
  for (const attempt of attempts) expect(await attempt()).toBe(true);
  const polls = attempts.map((attempt) => lastAccepted(attempt));
  await end();
  const ended = performance.now();
  const latest = Math.max(...(await Promise.all(polls))) - ended;
  for (const attempt of attempts) expect(await attempt()).toBe(false);
  return latest;
}

describe('a revoked key', () => {
  it('is refused on every node, over HTTP and messages, within a second of the answer', async () => {
    const latest: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { id, secret } = await newKey(nodeAt(0).admin, { roles: ['reader'] });
      latest.push(
        await latestUse(secret, async () => {
          expect((await nodeAt(round % 2).admin.delete(`/v1/api-keys/${id}`)).status).toBe(204);
        }),
      );
    }
    console.log(
      `last accepted use of ${ROUNDS} revoked keys: at most ${Math.round(Math.max(...latest))} ms after the 204`,
    );
    expect(Math.max(...latest)).toBeLessThanOrEqual(1000);
  });

  it('and so is a rotated one without grace', async () => {
    const { id, secret } = await newKey(nodeAt(0).admin, { roles: ['reader'] });
    const latest = await latestUse(secret, async () => {
      expect((await nodeAt(1).admin.post(`/v1/api-keys/${id}/rotate`, {})).status).toBe(200);
    });
    expect(latest).toBeLessThanOrEqual(1000);
  });

  it('ends the event streams that were opened with it, on another node too', async () => {
    const { id, secret } = await newKey(nodeAt(0).admin, { roles: ['reader'] });
    await nodeAt(0).admin.post('/v1/leaderboards/watched/submissions', { member: 'm', score: 1 });
    const leave = new AbortController();
    const response = await fetch(`${nodeAt(1).url}/v1/leaderboards/watched/live`, {
      headers: { authorization: `Bearer ${secret}` },
      signal: leave.signal,
    });
    expect(response.status).toBe(200);
    await nodeAt(0).admin.delete(`/v1/api-keys/${id}`);
    const text = await Promise.race([
      response.text(),
      waitUntil('the stream ends', () => false, { timeoutMs: 15_000 }).then(() => ''),
    ]).finally(() => leave.abort());
    expect(text).toContain('event: snapshot');
    expect(text).toMatch(/event: end\ndata: \{"reason":"access\.invalid-credential"\}/);
  });

  it('ends the events of channels and the WebSockets that were opened with it, on another node too', async () => {
    const { id, secret } = await newKey(nodeAt(0).admin, { roles: ['reader'] });
    const others = await newKey(nodeAt(0).admin, { roles: ['reader'] });
    const events = (token: string) => EventReader.open(`${nodeAt(1).url}/v1/events?channel=watched`, token);
    const [reader, kept] = [await events(secret), await events(others.secret)];
    const socket = await SocketClient.open(nodeAt(1).url, secret);
    await socket.ask({ type: 'subscribe', channel: 'watched' });
    await subscribers(nodeAt(1).admin, 'watched', 3);
    await nodeAt(0).admin.delete(`/v1/api-keys/${id}`);
    await waitUntil('both end', () => reader.ended && socket.closed !== undefined);
    const reason = 'access.invalid-credential';
    expect(reader.datas('end')).toEqual([{ reason }]);
    expect(socket.of('end')).toEqual([{ type: 'end', reason, reconnectMs: 1000 }]);
    expect(socket.closed).toEqual({ code: 1008, reason });
    await subscribers(nodeAt(1).admin, 'watched', 1);
    expect(kept.ended).toBe(false);
    kept.close();
  });
});
