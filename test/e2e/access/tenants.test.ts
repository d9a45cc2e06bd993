import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../support/api-client.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { newKey } from './credentials.js';
import { idleProcessor } from './pipeline-names.js';

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

describe('a service with several tenants', () => {
  it('keeps boards of one name in two tenants apart, archives and all', async () => {
    const board = `shared.${randomUUID()}`;
    const secrets = await Promise.all(
      ['red', 'blue'].map(
        async (tenant) => (await newKey(service.admin, { tenant, roles: ['admin'] })).secret,
      ),
    );
    const [red, blue] = secrets.map((secret) => new ApiClient(service.url, secret));
    await red?.put(`/v1/leaderboards/${board}`, { order: 'ascending' });
    for (const score of [5, 7]) {
      await red?.post(`/v1/leaderboards/${board}/submissions`, { member: `red ${score}`, score });
    }
    const first = await blue?.post(`/v1/leaderboards/${board}/submissions`, { member: 'blue', score: 6 });
    expect(first?.body).toMatchObject({ rank: 1, previousRank: null });
    await red?.post(`/v1/leaderboards/${board}/seasons`);
    const blueBoard = await blue?.get(`/v1/leaderboards/${board}`);
    expect(blueBoard?.body).toMatchObject({ order: 'descending', total: 1, season: { id: '1' } });
    const archive = await blue?.get(`/v1/leaderboards/${board}/seasons/1/entries`);
    expect(archive?.body.code).toBe('leaderboards.season-not-found');
    const listed = await blue?.get('/v1/leaderboards');
    expect(listed?.body.items).toHaveLength(1);
    await red?.delete(`/v1/leaderboards/${board}`);
    const after = await blue?.get(`/v1/leaderboards/${board}/entries`);
    expect(after?.body).toMatchObject({ total: 1, items: [{ member: 'blue', score: 6, rank: 1 }] });
  });

  it('keeps streams of one name in two tenants apart, groups and all', async () => {
    const path = `/v1/streams/shared.${randomUUID()}`;
    const clients: ApiClient[] = [];
    for (const tenant of ['red', 'blue']) {
      clients.push(service.as((await newKey(service.admin, { tenant, roles: ['admin'] })).secret));
    }
    const [red, blue] = clients;
    await red?.put(path, { maxLength: 2, schema: { type: 'string' } });
    for (const data of ['red 1', 'red 2', 'red 3']) await red?.post(`${path}/entries`, { data });
    await red?.put(`${path}/groups/workers`, {});
    await red?.post(`${path}/groups/workers/receive`, { consumer: 'ann' });
    const first = await blue?.post(`${path}/entries`, { data: { blue: 1 } });
    expect(first?.status).toBe(201);
    expect((await blue?.get(path))?.body).toMatchObject({
      length: 1,
      maxLength: null,
      schema: null,
      groups: [],
    });
    expect((await blue?.get(`${path}/groups/workers`))?.body.code).toBe('streams.group-not-found');
    await blue?.put(`${path}/groups/workers`, {});
    const received = await blue?.post(`${path}/groups/workers/receive`, { consumer: 'ann' });
    expect(received?.body.entries).toMatchObject([{ id: first?.body.id, data: { blue: 1 }, deliveries: 1 }]);
    await red?.delete(path);
    expect((await blue?.get(`${path}/groups/workers`))?.body).toMatchObject({ lag: 0, pending: 1 });
    expect((await blue?.get(`${path}/entries`))?.body.items).toMatchObject([{ data: { blue: 1 } }]);
  });

  it('keeps payloads of one id in two tenants apart, processors and all', async () => {
    const id = `shared.${randomUUID()}`;
    const payloads = '/v1/pipeline/payloads';
    const admin = async (tenant: string) =>
      service.as((await newKey(service.admin, { tenant, roles: ['admin'] })).secret);
    const [red, blue] = [await admin('red'), await admin('blue')];
    const ofRed = await red.post(payloads, { id, of: 'red' });
    expect(ofRed.body).toMatchObject({ id, of: 'red', status: 'processed' });
    expect((await red.put('/v1/pipeline', { active: false })).body).toMatchObject({ active: false });
    expectProblem(await red.post('/v1/pipeline/queue', { id: 'other' }), 503, 'pipeline.deactivated');
    expect((await blue.get('/v1/pipeline')).body).toEqual({
      active: true,
      queued: 0,
      processing: 0,
      processed: 0,
      failed: 0,
    });
    expectProblem(await blue.get(`${payloads}/${id}`), 404, 'pipeline.payload-not-found');
    const queued = await blue.post('/v1/pipeline/queue', { id, of: 'blue' });
    expect([queued.status, queued.body]).toEqual([202, { id, status: 'queued' }]);
    expect(await idleProcessor(blue)).toMatchObject({ active: true, processed: 1, failed: 0 });
    expect((await blue.get(`${payloads}/${id}`)).body).toMatchObject({ result: { id, of: 'blue' } });
    expect((await red.get(`${payloads}/${id}`)).body.result).toEqual(ofRed.body);
    expect(await idleProcessor(red)).toMatchObject({ active: false, processed: 1 });
    expect((await red.get('/v1/streams/pipeline.payloads')).status).toBe(404);
  });
});
