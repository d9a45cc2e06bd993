import { Injectable, Module } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type ChannelHandler,
  ChannelListener,
  type ListenedGap,
  type ListenedMessage,
  type ListenerOptions,
} from '../../../src/effects/channel-listener.js';
import { startService, type TestService } from '../../support/service.js';
import { RedisProxy } from '../../support/tcp-proxy.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';

type Heard = ListenedMessage | ListenedGap;
type Marked = readonly [options: ListenerOptions, handle: ChannelHandler];

let topology: Topology;
/** A node without listeners. */
let node: TestService;
const started: TestService[] = [];
const proxies: RedisProxy[] = [];

beforeAll(async () => {
  topology = await startTopology();
  node = await startService(topology.settings);
});

afterEach(async () => {
  for (const each of started.splice(0)) await each.stop();
  for (const each of proxies.splice(0)) await each.stop();
});

afterAll(async () => {
  await node?.stop();
  await topology?.stop();
});

/** A module whose one provider has a method for each of `listeners`. */
function moduleWith(listeners: readonly Marked[]) {
  class Listener {}
  class ListenerModule {}
  for (const [at, [options, handle]] of listeners.entries()) {
    const name = `listen${at}`;
    const value = function (this: unknown, event: Heard): unknown {
      // As any method it has its provider.
      if (!(this instanceof Listener)) throw new Error('it is no method of its provider');
      return handle(event);
    };
    Object.defineProperty(Listener.prototype, name, { value });
    // As decorators do it for a class in src/; tests are not compiled for them.
    ChannelListener(options)(Listener.prototype, name, { value });
  }
  Injectable()(Listener);
  Module({ providers: [Listener] })(ListenerModule);
  return ListenerModule;
}

async function listening(
  listeners: readonly Marked[],
  environment: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const service = await startService(
    { ...topology.settings, ...environment },
    { modules: [moduleWith(listeners)] },
  );
  started.push(service);
  return service;
}

/** Something that is listened to, and what it brought. */
function recorded(options: ListenerOptions): { marked: Marked; heard: Heard[] } {
  const heard: Heard[] = [];
  return { marked: [options, (event) => heard.push(event)], heard };
}

async function publish(channel: string, data: unknown, by = node): Promise<string> {
  const { status, body } = await by.admin.post(`/v1/channels/${channel}/messages`, { data });
  expect(status).toBe(201);
  return String(body.id);
}

const datas = (heard: readonly Heard[], channel?: string) =>
  heard.flatMap((event) => {
    const isOfIt = channel === undefined || event.channel === channel;
    return event.type === 'message' && isOfIt ? [event.data] : [];
  });

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_each, at) => from + at);

describe('a method that is marked as a listener', () => {
  it('gets each message of its channel, or of its pattern, in order and in every process', async () => {
    await publish('news', 'before');
    const heard: Heard[][] = [];
    const nodes: TestService[] = [];
    for (let process = 0; process < 2; process++) {
      const [byName, byPattern] = [recorded({ channel: 'news' }), recorded({ pattern: 'news*' })];
      nodes.push(await listening([byName.marked, byPattern.marked]));
      heard.push(byName.heard, byPattern.heard);
    }
    const [one = node, other = node] = nodes;
    const ids: string[] = [];
    for (const n of numbers(0, 60)) {
      ids.push(await publish('news', n, [one, other, node][n % 3]));
      if (n % 6 === 0) await publish('news.later', n);
      if (n % 6 === 1) await publish('other', n);
    }
    await waitUntil('all of it', () => heard.every((each, at) => each.length >= (at % 2 === 0 ? 60 : 70)));
    for (const [at, each] of heard.entries()) {
      expect(datas(each, 'news')).toEqual(numbers(0, 60));
      const ofPattern = numbers(0, 60).filter((n) => n % 6 === 0);
      expect(datas(each, 'news.later')).toEqual(at % 2 === 0 ? [] : ofPattern);
      expect(each.length).toBe(at % 2 === 0 ? 60 : 70);
    }
    const { body } = await node.admin.get('/v1/channels/news/messages?limit=1&order=desc');
    expect(heard[0]?.at(-1)).toEqual({ type: 'message', ...body.items[0] });
    expect(heard[0]?.map((event) => (event.type === 'message' ? event.id : 'gap'))).toEqual(ids);
  });

  it('is called in processes that are workers too', async () => {
    const { marked, heard } = recorded({ channel: 'of.workers' });
    await listening([marked], { ROLE: 'worker' });
    await publish('of.workers', 1);
    await waitUntil('the message', () => heard.length > 0);
    expect(datas(heard)).toEqual([1]);
  });

  it('gets the next message after one on which it throws, and keeps none from others', async () => {
    const seen: unknown[] = [];
    const failing: ChannelHandler = (event) => {
      const { data } = event as ListenedMessage;
      seen.push(data);
      if (data === 1) throw new RangeError('no way');
      if (data === 2) return Promise.reject(new RangeError('no way'));
      if (data === 3) return new Promise(() => undefined);
      return undefined;
    };
    const { marked, heard } = recorded({ channel: 'failing' });
    const service = await listening([[{ channel: 'failing' }, failing], marked]);
    for (const n of numbers(1, 6)) await publish('failing', n);
    await waitUntil('all of it', () => seen.length === 5 && heard.length === 5);
    expect(seen).toEqual(numbers(1, 6));
    expect(datas(heard)).toEqual(numbers(1, 6));
    expect((await service.admin.get('/health/ready')).status).toBe(200);
  });

  it('whose options are wrong stops nothing else, and makes no channel', async () => {
    const wrong: ListenerOptions[] = [
      {},
      { channel: 'both', pattern: 'both*' },
      { channel: 'no name' },
      { channel: '' },
      { pattern: '[a]' },
      { pattern: '' },
      { channel: 'good', tenant: 'no name' },
    ];
    const calls: Heard[] = [];
    const { marked, heard } = recorded({ channel: 'good' });
    await listening([...wrong.map((options): Marked => [options, (event) => calls.push(event)]), marked]);
    await publish('good', 1);
    await waitUntil('the message', () => heard.length > 0);
    expect(datas(heard)).toEqual([1]);
    expect(calls).toEqual([]);
    const keys = await topology.keys();
    expect(keys.filter((key) => /no name|:both|\{messaging:\}|\[a\]/.test(key))).toEqual([]);
  });

  it('gets what is published in its tenant, and nothing of others', async () => {
    const { secret } = await newKey(node.admin, { tenant: 'elsewhere', roles: ['admin'] });
    const [theirs, ours, all] = [
      recorded({ channel: 'shared', tenant: 'elsewhere' }),
      recorded({ channel: 'shared' }),
      recorded({ pattern: '*', tenant: 'elsewhere' }),
    ];
    await listening([theirs.marked, ours.marked, all.marked]);
    await publish('shared', 'ours');
    await node.as(secret).post('/v1/channels/shared/messages', { data: 'theirs' });
    await publish('shared', 'ours too');
    await waitUntil('all of it', () => ours.heard.length === 2 && theirs.heard.length === 1);
    await waitUntil('the pattern too', () => all.heard.length === 1);
    expect(datas(ours.heard)).toEqual(['ours', 'ours too']);
    for (const { heard } of [theirs, all]) expect(datas(heard)).toEqual(['theirs']);
  });

  it('is not called any more once the service has stopped', async () => {
    const { marked, heard } = recorded({ channel: 'stopped' });
    const service = await listening([marked]);
    await publish('stopped', 1);
    await waitUntil('the message', () => heard.length > 0);
    await service.stop();
    started.splice(started.indexOf(service), 1);
    await publish('stopped', 2);
    // Another process hears it.
    const next = recorded({ channel: 'stopped' });
    await listening([next.marked]);
    await publish('stopped', 3);
    await waitUntil('the message', () => next.heard.length > 0);
    expect(datas(next.heard)).toEqual([3]);
    expect(datas(heard)).toEqual([1]);
  });
});

describe('a listener that loses Redis', () => {
  /** Publishes without an end to the loss of every subscription, and compares what was heard. */
  async function lose(
    prefix: string,
    service: TestService,
    heard: readonly Heard[][],
    lost: () => Promise<void>,
  ) {
    for (const n of numbers(0, 5)) await publish(`${prefix}.a`, n);
    await waitUntil('what came before', () => heard.every((each) => datas(each, `${prefix}.a`).length === 5));
    await lost();
    for (const n of numbers(5, 25)) await publish(`${prefix}.a`, n);
    await waitUntil('what was missed', () => heard.every((each) => datas(each, `${prefix}.a`).length >= 25));
    for (const n of numbers(25, 30)) await publish(`${prefix}.a`, n);
    await waitUntil('what is live', () => heard.every((each) => datas(each, `${prefix}.a`).length >= 30));
    for (const each of heard) {
      expect(datas(each, `${prefix}.a`)).toEqual(numbers(0, 30));
      expect(each.filter(({ type }) => type === 'gap')).toEqual([]);
    }
    expect((await service.admin.get('/health/ready')).status).toBe(200);
  }

  it('gets what was published while its subscriptions were lost', async () => {
    const [byName, byPattern] = [recorded({ channel: 'killed.a' }), recorded({ pattern: 'killed.*' })];
    const service = await listening([byName.marked, byPattern.marked]);
    const client = topology.connect();
    try {
      await lose('killed', service, [byName.heard, byPattern.heard], async () => {
        for (const server of serversOf(client)) await server.client('KILL', 'TYPE', 'pubsub');
      });
    } finally {
      client.disconnect();
    }
  });

  // The nodes of a cluster have addresses of their own, past any proxy.
  if (process.env.FULCRUM_TEST_TOPOLOGY !== 'cluster') {
    it('gets out of the history what was published during an outage, in new channels too, and is told what is not there', async () => {
      const proxy = await RedisProxy.start(topology.serviceUrl);
      proxies.push(proxy);
      await node.admin.put('/v1/channels/short', { historySize: 2 });
      const [byName, byPattern] = [recorded({ channel: 'out.a' }), recorded({ pattern: 'out.*' })];
      const short = recorded({ channel: 'short' });
      const listeners = [byName, byPattern, short].map(({ marked }) => marked);
      const alone = { REDIS_URL: proxy.url, REDIS_SENTINELS: '', REDIS_SENTINEL_MASTER: '' };
      const service = await listening(listeners, alone);
      const first = await publish('short', 0);
      await waitUntil('the first', () => short.heard.length === 1);
      await lose('out', service, [byName.heard, byPattern.heard], async () => {
        proxy.refuse();
        for (const n of numbers(0, 3)) await publish('out.new', n);
        for (const n of numbers(1, 9)) await publish('short', n);
        setTimeout(() => proxy.accept(), 500);
      });
      await waitUntil('the new channel', () => datas(byPattern.heard, 'out.new').length >= 3);
      await publish('out.new', 3);
      await waitUntil('what is live', () => datas(byPattern.heard, 'out.new').length >= 4);
      expect(datas(byPattern.heard, 'out.new')).toEqual(numbers(0, 4));
      await waitUntil('what is kept', () => datas(short.heard).at(-1) === 8);
      expect(short.heard).toMatchObject([
        { data: 0 },
        { type: 'gap', channel: 'short', from: first, to: expect.stringMatching(/\.7$/) },
        { data: 7 },
        { data: 8 },
      ]);
    });
  }
});

function serversOf(client: Redis | Cluster): readonly Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}
