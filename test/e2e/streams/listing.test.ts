import { afterAll, beforeAll, expect, it } from 'vitest';
import { StreamsKeys } from '../../../src/features/streams/streams.keys.js';
import { NameIndex } from '../../../src/redis/name-index.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

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

it('a stream that was deleted before it was listed is none, and hides no other', async () => {
  const { admin, application } = service;
  await admin.post('/v1/streams/kept/entries', { data: 1 });
  await admin.post('/v1/streams/gone/entries', { data: 1 });
  expect((await admin.delete('/v1/streams/gone')).status).toBe(204);
  // What a write does after it has made the stream comes late.
  await application.nest.get(NameIndex).add(application.nest.get(StreamsKeys).listed('default', 'gone'));
  const { status, body } = await admin.get('/v1/streams');
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.items).toMatchObject([{ stream: 'kept' }]);
  expect((await topology.keys()).filter((key) => key.includes('{streams:gone}:'))).toEqual([]);
  const client = topology.connect();
  const listed = await client.zrange('fulcrum:default:{streams:_}:streams', 0, -1);
  client.disconnect();
  expect(listed).toEqual(['kept']);
  // Made anew, it is listed again.
  await admin.post('/v1/streams/gone/entries', { data: 2 });
  expect((await admin.get('/v1/streams')).body.items).toMatchObject([{ stream: 'gone' }, { stream: 'kept' }]);
});
