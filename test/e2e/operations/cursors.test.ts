import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

let topology: Topology;
let service: TestService;
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
  await service.admin.put('/v1/leaderboards/x1', {});
  await service.admin.post('/v1/leaderboards/x1/seasons');
  await service.admin.put('/v1/streams/x1/groups/x1', {});
});

afterAll(async () => {
  await messages.close();
  await service.stop();
  await topology.stop();
});

/** Those of the lists that have pages. */
async function pagedPaths(): Promise<string[]> {
  const { id } = (await service.admin.get('/v1/leaderboards/x1/seasons')).body.items[0] as { id: string };
  // The service in this process is not built, so that it does not know the fields of its queries.
  const text = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
  const { paths } = JSON.parse(text) as OpenAPIObject;
  return Object.entries(paths).flatMap(([path, { get }]) =>
    (get?.parameters ?? []).some((each) => 'name' in each && each.name === 'cursor')
      ? [path.replace('{season}', id).replaceAll(/\{\w+\}/g, 'x1')]
      : [],
  );
}

/** Texts that no list has given, in whatever characters. */
const NO_CURSORS = ['', 'x', 'ä', 'a b', '\u0000', '%', 'A'.repeat(4096), 'A'.repeat(4097)];

describe('what is no cursor', () => {
  it('is refused by the same code on every list, whatever its form', async () => {
    const paths = await pagedPaths();
    expect(paths.length).toBeGreaterThan(12);
    for (const path of paths) {
      for (const text of NO_CURSORS) {
        const { status, body } = await service.admin.get(`${path}?cursor=${encodeURIComponent(text)}`);
        const what = `${path} ${text.slice(0, 10)}`;
        expect([status, body.code, body.errors?.[0].pointer], what).toEqual([
          422,
          'pagination.invalid-cursor',
          '/cursor',
        ]);
      }
    }
  });

  it('is refused in messages too; what is no text is an invalid field', async () => {
    const list = async (cursor: unknown): Promise<unknown> =>
      await messages.send('leaderboards.boards.list', { cursor }).catch((error: unknown) => error);
    for (const text of [...NO_CURSORS, '\ud800', 'A'.repeat(100_000)]) {
      expect(await list(text)).toMatchObject({ status: 422, code: 'pagination.invalid-cursor' });
    }
    for (const other of [1, null, ['x'], {}]) {
      const errors = [{ pointer: '/cursor', detail: 'must be a cursor' }];
      expect(await list(other)).toMatchObject({ status: 422, code: 'request.invalid', errors });
    }
  });
});
