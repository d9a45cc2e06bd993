import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../../support/event-reader.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { SocketClient } from '../../support/socket-client.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import type { PresencePage } from '../../../src/features/messaging/dto/answers.dto.js';
import { newKey } from '../access/credentials.js';

let topology: Topology;
let nodes: [TestService, TestService];

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

async function present(channel: string, query = ''): Promise<PresencePage> {
  const { body } = await nodes[1].admin.get(`/v1/channels/${channel}/presence${query}`);
  return body as PresencePage;
}

describe('presence', () => {
  it('lists who is subscribed on any node, and how often, until they leave', async () => {
    const ann = await newKey(nodes[0].admin, { roles: ['reader'] });
    const bob = await newKey(nodes[0].admin, { roles: ['reader'] });
    expect(await present('room')).toEqual({
      channel: 'room',
      subscriptions: 0,
      actors: 0,
      items: [],
      next: null,
    });
    const first = await EventReader.open(`${nodes[0].url}/v1/events?channel=room`, ann.secret);
    const second = await EventReader.open(`${nodes[1].url}/v1/events?channel=room&channel=hall`, ann.secret);
    const third = await SocketClient.open(nodes[1].url, bob.secret);
    await third.ask({ type: 'subscribe', channel: 'room' });
    await waitUntil('all are there', async () => (await present('room')).subscriptions === 3);
    const all = [
      { actor: ann.id, subscriptions: 2 },
      { actor: bob.id, subscriptions: 1 },
    ].sort((one, other) => (one.actor < other.actor ? -1 : 1));
    expect(await present('room')).toEqual({
      channel: 'room',
      subscriptions: 3,
      actors: 2,
      items: all,
      next: null,
    });
    const page = await present('room', '?limit=1');
    expect(page.items).toEqual(all.slice(0, 1));
    expect((await present('room', `?limit=1&cursor=${page.next}`)).items).toEqual(all.slice(1));
    const { body } = await nodes[0].admin.get('/v1/channels');
    expect(body.items).toContainEqual({ channel: 'hall', subscriptions: 1, messages: 0, lastId: null });
    first.close();
    await third.ask({ type: 'unsubscribe', channel: 'room' });
    await waitUntil('two are gone', async () => (await present('room')).subscriptions === 1);
    expect((await present('room')).items).toEqual([{ actor: ann.id, subscriptions: 1 }]);
    second.close();
    third.close();
    await waitUntil('all are gone', async () => (await present('room')).subscriptions === 0);
  });
});

/** How many connections of nodes are subscribed to a channel's messages; on a cluster, within its shard. */
async function nodesOn(channel: string): Promise<number> {
  const client = topology.connect();
  const topic = `fulcrum:default:{messaging:${channel}}:messages`;
  try {
    await client.ping();
    const [masters, word] =
      client instanceof Cluster ? [client.nodes('master'), 'SHARDNUMSUB'] : [[client], 'NUMSUB'];
    const counts = await Promise.all(masters.map((master) => master.call('PUBSUB', word, topic)));
    return counts.flat().reduce<number>((sum, each) => sum + (typeof each === 'number' ? each : 0), 0);
  } finally {
    client.disconnect();
  }
}

describe('a channel', () => {
  it('is one subscription of Redis for each node, however many clients and patterns, and none without', async () => {
    const readers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        EventReader.open(`${nodes[n % 2]?.url}/v1/events?channel=shared&pattern=sha*`, ADMIN_KEY),
      ),
    );
    const socket = await SocketClient.open(nodes[0].url, ADMIN_KEY);
    await socket.ask({ type: 'subscribe', channel: 'shared' });
    await waitUntil('both nodes', async () => (await nodesOn('shared')) === 2);
    for (const reader of readers) reader.close();
    await waitUntil('one node', async () => (await nodesOn('shared')) === 1);
    socket.close();
    await waitUntil('no node', async () => (await nodesOn('shared')) === 0);
  });
});
