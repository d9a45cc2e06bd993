import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { dumpKeys } from './key-dump.js';
import { expectProblem } from '../../support/problem.js';

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

const submit = (board: string, body: object, headers: Record<string, string> = {}) =>
  service.admin.post(`/v1/leaderboards/${board}/submissions`, body, headers);

describe('metadata', () => {
  const shown = async (board: string): Promise<unknown> =>
    (await service.admin.get(`/v1/leaderboards/${board}/entries/a`)).body.metadata;

  it('stays when it is left out, is replaced when it is given, and goes with the entry', async () => {
    await submit('meta', {
      member: 'a',
      score: 1,
      metadata: { name: 'Ada', tags: ['x', null, 1.5], deep: { a: {} } },
    });
    await submit('meta', { member: 'a', score: 2 });
    expect(await shown('meta')).toEqual({ name: 'Ada', tags: ['x', null, 1.5], deep: { a: {} } });
    const page = await service.admin.get('/v1/leaderboards/meta/entries');
    expect(page.body.items[0].metadata).toEqual({ name: 'Ada', tags: ['x', null, 1.5], deep: { a: {} } });
    await submit('meta', { member: 'a', score: 2, metadata: { name: 'Grace' } });
    expect(await shown('meta')).toEqual({ name: 'Grace' });
    await submit('meta', { member: 'a', score: 2, metadata: {} });
    expect(await shown('meta')).toEqual({});
    await service.admin.delete('/v1/leaderboards/meta/entries/a');
    await submit('meta', { member: 'a', score: 1 });
    expect(await shown('meta')).toBeNull();
    expect((await service.admin.get('/v1/leaderboards/meta/entries')).body.items).toEqual([
      { member: 'a', score: 1, rank: 1 },
    ]);
  });

  it('of a submission that is not the best does not replace that of the best', async () => {
    await submit('meta-best', { member: 'a', score: 5, operator: 'best', metadata: { run: 1 } });
    await submit('meta-best', { member: 'a', score: 4, operator: 'best', metadata: { run: 2 } });
    expect(await shown('meta-best')).toEqual({ run: 1 });
    await submit('meta-best', { member: 'a', score: 6, operator: 'best', metadata: { run: 3 } });
    expect(await shown('meta-best')).toEqual({ run: 3 });
  });

  it('may hold any text, escapes and names that objects inherit included', async () => {
    const metadata = {
      path: 'C:\\udata\\udfff',
      quote: '"\\"',
      emoji: '😀\u2028',
      constructor: 'x',
      toString: null,
      big: 9007199254740992,
    };
    const { status, body } = await submit('meta-any', { member: 'a', score: 1, metadata });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(await shown('meta-any')).toEqual(metadata);
  });

  it('may be 64 KiB as JSON and not a byte more', async () => {
    const fits = { text: 'é'.repeat((65_536 - '{"text":""}'.length - 1) / 2) + 'x' };
    expect(Buffer.byteLength(JSON.stringify(fits))).toBe(65_536);
    expect((await submit('meta-size', { member: 'a', score: 1, metadata: fits })).status).toBe(200);
    expect(await shown('meta-size')).toEqual(fits);
    const before = await dumpKeys(topology);
    expectProblem(
      await submit('meta-size', { member: 'a', score: 2, metadata: { text: `${fits.text}x` } }),
      422,
    );
    expect(await dumpKeys(topology)).toEqual(before);
  });
});
