import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConsumedEntry,
  type ConsumerOptions,
  type EntryHandler,
  StreamConsumer,
} from '../../../src/effects/stream-consumer.js';
import { CommitsService } from '../../../src/features/streams/streams.commits.service.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { StreamUser } from './harness.js';

let topology: Topology;
/** A node that consumes nothing of what these tests set up. */
let node: TestService;
const started: TestService[] = [];

beforeAll(async () => {
  topology = await startTopology();
  node = await startService({ ...topology.settings, ROLE: 'api' });
});

afterEach(async () => {
  for (const each of started.splice(0)) await each.stop();
});

afterAll(async () => {
  await node?.stop();
  await topology?.stop();
});

/** A module whose one provider has one method that is a consumer. */
function moduleWith(options: ConsumerOptions, handle: EntryHandler) {
  class Consumer {
    consume(entry: ConsumedEntry, signal: AbortSignal) {
      return handle(entry, signal);
    }
  }
  class ConsumerModule {}
  // As decorators do it for a class in src/; tests are not compiled for them.
  Injectable()(Consumer);
  StreamConsumer(options)(Consumer.prototype, 'consume', {
    value: Consumer.prototype.consume,
  });
  Module({ providers: [Consumer] })(ConsumerModule);
  return ConsumerModule;
}

async function consuming(
  options: ConsumerOptions,
  handle: EntryHandler,
  environment: Record<string, string> = {},
): Promise<TestService> {
  const service = await startService(
    { ...topology.settings, ...environment },
    { modules: [moduleWith(options, handle)] },
  );
  started.push(service);
  return service;
}

/** Settles so many turns of the queue of kept promises from now. */
async function soon(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

const add = (board: string, member: string) => ({
  kind: 'leaderboards.submit',
  board,
  member,
  score: 1,
  operator: 'increment',
});

const scoreOf = async (board: string, member: string): Promise<unknown> =>
  (await node.admin.get(`/v1/leaderboards/${board}/entries/${member}`)).body.score as unknown;

describe('a method that is marked as a consumer', () => {
  it('gets each entry, several at a time, and what it returns takes place', async () => {
    const user = new StreamUser(node, 'method', 'counters');
    await user.append(...Array.from({ length: 30 }, (_each, n) => ({ n })));
    let now = 0;
    let most = 0;
    await consuming({ stream: 'method', group: 'counters', concurrency: 5 }, async ({ data }) => {
      most = Math.max(most, ++now);
      await pause(20);
      now--;
      return [add('method', `n${Number(Reflect.get(Object(data), 'n')) % 3}`)];
    });
    await waitUntil('all are done', async () => {
      const { lag, pending } = (await user.view()).body;
      return lag === 0 && pending === 0;
    });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
    for (const member of ['n0', 'n1', 'n2']) expect(await scoreOf('method', member)).toBe(10);
  });

  it('gets what it failed on again, and what it always fails on becomes a dead letter with the error', async () => {
    const user = new StreamUser(node, 'failing', 'workers');
    const [once, always] = await user.append('once', 'always');
    const tries = new Map<string, number>();
    await consuming(
      { stream: 'failing', group: 'workers', maxDeliveries: 3, retryDelayMs: 20 },
      (entry: ConsumedEntry) => {
        const tried = (tries.get(entry.id) ?? 0) + 1;
        tries.set(entry.id, tried);
        if (entry.data === 'always' || tried === 1) return Promise.reject(new RangeError('no\nway'));
        return Promise.resolve([add('failing', 'done')]);
      },
    );
    await waitUntil('one is dead', async () => (await user.view()).body.deadLetters === 1);
    const dead = await node.admin.get(`${user.groupPath}/dead-letters`);
    expect(dead.body.items).toMatchObject([{ id: always, reason: 'RangeError: no way', deliveries: 3 }]);
    await waitUntil('the other is done', async () => (await user.view()).body.pending === 0);
    expect(tries.get(once ?? '')).toBe(2);
    expect(await scoreOf('failing', 'done')).toBe(1);
  });

  it('that returns an effect which cannot be is given the entry back, and keeps no other from being done', async () => {
    const user = new StreamUser(node, 'bad-effects', 'workers');
    await user.append(0, 1, 2, 3, 4);
    await consuming(
      { stream: 'bad-effects', group: 'workers', maxDeliveries: 2, retryDelayMs: 20 },
      ({ data }) => Promise.resolve([data === 2 ? { kind: 'nothing.known' } : add('bad-effects', 'done')]),
    );
    await waitUntil('one is dead', async () => (await user.view()).body.deadLetters === 1);
    const dead = await node.admin.get(`${user.groupPath}/dead-letters`);
    expect(dead.body.items).toMatchObject([{ data: 2, reason: expect.stringMatching(/^request\.invalid/) }]);
    await waitUntil('the others are done', async () => (await user.view()).body.pending === 0);
    expect(await scoreOf('bad-effects', 'done')).toBe(4);
  });

  it('keeps an entry for as long as it works on it', async () => {
    const user = new StreamUser(node, 'slow', 'workers');
    let calls = 0;
    const options = { stream: 'slow', group: 'workers', visibilityTimeoutMs: 2000 };
    const handle: EntryHandler = async () => {
      // Whoever else is given it is done with it at once.
      if (++calls === 1) await pause(3000);
      return [add('slow', 'done')];
    };
    // Both before there is an entry: the start of a service keeps this process, and with it the one that works,
    // from extending anything in time.
    await consuming(options, handle);
    await consuming(options, handle);
    await waitUntil('both ask', async () => (await user.view()).body.consumers?.length === 2);
    await user.append(1);
    await waitUntil('it is done', async () => (await scoreOf('slow', 'done')) !== undefined);
    await waitUntil('it is acknowledged', async () => (await user.view()).body.pending === 0);
    expect(await scoreOf('slow', 'done')).toBe(1);
    expect(calls).toBe(1);
  });

  it('commits what is finished in the moments after a commit was answered', async () => {
    const user = new StreamUser(node, 'moments', 'workers');
    let finish = (): void => undefined;
    let finished = Promise.resolve();
    // Without a commit in time an entry would be given to somebody else, who is not there.
    const options = { stream: 'moments', group: 'workers', concurrency: 2, visibilityTimeoutMs: 86_400_000 };
    const service = await consuming(options, async ({ data }) => {
      if (data === 'second') await finished;
      return undefined;
    });
    const commits = service.application.nest.get(CommitsService);
    const commit = commits.commit.bind(commits);
    let turns = 0;
    commits.commit = async (...args) => {
      const answer = await commit(...args);
      void soon(turns).then(finish);
      return answer;
    };
    for (turns = 0; turns < 12; turns++) {
      finished = new Promise((resolve) => (finish = resolve));
      const entries = [{ data: 'first' }, { data: 'second' }];
      await node.admin.post(`${user.path}/entries/batch`, { entries });
      await waitUntil(`both are done, ${turns} turns`, async () => {
        const { lag, pending } = (await user.view()).body;
        return lag === 0 && pending === 0;
      });
    }
  });

  it('finishes what it has begun when the service stops, and takes nothing more', async () => {
    const user = new StreamUser(node, 'stopping', 'workers');
    await user.append(1, 2);
    let begun = 0;
    const service = await consuming({ stream: 'stopping', group: 'workers', concurrency: 1 }, async () => {
      begun++;
      await pause(500);
      return [add('stopping', 'done')];
    });
    await waitUntil('it has begun', () => begun === 1);
    await service.stop();
    expect(await scoreOf('stopping', 'done')).toBe(1);
    expect((await user.view()).body).toMatchObject({ lag: 1, pending: 0 });
  });

  it('is called in processes that are workers, and in no other', async () => {
    const user = new StreamUser(node, 'roles', 'workers');
    await user.configure();
    const calls: string[] = [];
    const handler = (role: string) => (entry: ConsumedEntry) => {
      calls.push(role, entry.id);
      return Promise.resolve(undefined);
    };
    const options = { stream: 'roles', group: 'workers' };
    await consuming(options, handler('api'), { ROLE: 'api' });
    const worker = await consuming(options, handler('worker'), { ROLE: 'worker' });
    const [id] = await user.append(1);
    await waitUntil('it is done', () => calls.length > 0);
    expect(calls).toEqual(['worker', id]);
    expect((await worker.admin.get('/health/ready')).status).toBe(200);
    expect((await worker.admin.get('/metrics')).status).toBe(200);
    expect((await worker.admin.get('/v1/streams/roles')).status).toBe(404);
  });
});
