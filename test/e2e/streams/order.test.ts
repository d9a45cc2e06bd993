import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { idsOf, pluck, StreamUser } from './harness.js';

const COUNT = 25;

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

/** A stream with entries whose ids as text have another order, as more than ten of one ms have. */
async function filled(name: string, settings: object): Promise<{ user: StreamUser; ids: string[] }> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const user = new StreamUser(service, `${name}-${attempt}`);
    const entries = Array.from({ length: COUNT }, (_each, n) => ({ data: n }));
    const answer = await service.admin.post(`${user.path}/entries/batch`, { entries });
    const ids = (answer.body.ids as string[]).map(String);
    if ([...ids].sort().join() === ids.join()) continue;
    await user.configure(settings);
    return { user, ids };
  }
  throw new Error('no ms had more than ten entries');
}

/** What `consumer` gets, in parts. */
async function received(user: StreamUser, consumer: string): Promise<string[]> {
  const ids: string[] = [];
  for (let part = 0; part < COUNT / 5; part++) ids.push(...idsOf(await user.receive(consumer, { limit: 5 })));
  return ids;
}

describe('entries of one instant are handed out in their order', () => {
  it('when they are given back, in one go or one by one', async () => {
    const { user, ids } = await filled('given-back', {});
    expect(await received(user, 'first')).toEqual(ids);
    await user.call('nack', { consumer: 'first', ids });
    expect(await received(user, 'second')).toEqual(ids);
    for (const id of ids) await user.call('nack', { consumer: 'second', ids: [id] });
    expect(await received(user, 'third')).toEqual(ids);
  });

  it('when who had them, and had more time for them, does not answer', async () => {
    const { user, ids } = await filled('left', { visibilityTimeoutMs: 1000 });
    await user.receive('gone', { limit: COUNT });
    expect((await user.call('extend', { consumer: 'gone', ids })).status).toBe(200);
    const taken = await waitUntil('they come due', async () => {
      const some = idsOf(await user.receive('next', { limit: 5 }));
      return some.length > 0 ? some : undefined;
    });
    expect([...taken, ...(await received(user, 'next'))]).toEqual(ids);
  });

  it('when they became dead letters, which are shown so, page by page, and were put back', async () => {
    const { user, ids } = await filled('dead', { maxDeliveries: 1 });
    await user.receive('first', { limit: COUNT });
    await user.call('nack', { consumer: 'first', ids });
    const shown: string[] = [];
    for (let cursor = ''; shown.length < COUNT;) {
      const page = await service.admin.get(`${user.groupPath}/dead-letters?limit=7${cursor}`);
      shown.push(...pluck(page.body.items, 'id').map(String));
      if (page.body.next === null) break;
      cursor = `&cursor=${String(page.body.next)}`;
    }
    expect(shown).toEqual(ids);
    await user.call('dead-letters/replay', {});
    expect(await received(user, 'second')).toEqual(ids);
  });
});
