import { Controller, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageEndpoint } from '../../../src/access/endpoint.js';
import { AppModule } from '../../../src/app.module.js';
import { registry } from '../../../src/telemetry/metrics.js';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

class FailingController {
  read(): never {
    throw new TypeError('an inner detail: /srv/private/path');
  }
}

// Vitest compiles decorators under src/ alone, so here they are called.
const read = Object.getOwnPropertyDescriptor(FailingController.prototype, 'read') ?? {};
MessageEndpoint({ name: 'probe.failure.get', permission: 'probe:read' })(
  FailingController.prototype,
  'read',
  read,
);
Controller()(FailingController);

let topology: Topology;
let service: TestService;
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  await topology.admitFeature('probe');
  Module({ controllers: [FailingController] })(AppModule);
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, undefined);
});

afterAll(async () => {
  Module({ controllers: [] })(AppModule);
  await messages.close();
  await service.stop();
  await topology.stop();
});

async function answered(outcome: string, operation: string): Promise<number> {
  const metric = await registry.getSingleMetric('fulcrum_request_duration_seconds')?.get();
  const count = metric?.values.find(
    ({ labels, metricName }: { labels: Record<string, unknown>; metricName?: string }) =>
      metricName === 'fulcrum_request_duration_seconds_count' &&
      labels.outcome === outcome &&
      labels.operation === operation &&
      labels.transport === 'message',
  );
  return count?.value ?? 0;
}

describe('what app.module.ts binds globally', () => {
  it('the guard decides on messages', async () => {
    await expect(messages.send('probe.failure.get', {})).rejects.toMatchObject({ status: 401 });
    const { body } = await service.admin.post('/v1/api-keys', {
      name: 'elsewhere',
      roles: [],
      permissions: ['leaderboards:read'],
    });
    const auth = (body as { secret: string }).secret;
    await expect(messages.send('probe.failure.get', {}, { auth })).rejects.toMatchObject({
      status: 403,
      permission: 'probe:read',
    });
  });

  it('the pipe checks their data', async () => {
    const sent = messages.send('leaderboards.boards.get', { board: 'b', more: 1 }, { auth: ADMIN_KEY });
    await expect(sent).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/more', detail: 'is not a known field' }],
    });
  });

  it('the interceptor measures them', async () => {
    const before = await answered('success', 'access.caller.get');
    await messages.send('access.caller.get', {}, { auth: ADMIN_KEY });
    expect(await answered('success', 'access.caller.get')).toBe(before + 1);
  });

  it('interceptor and filter make of an unexpected error a problem that tells nothing of it', async () => {
    const problem: unknown = await messages
      .send('probe.failure.get', {}, { auth: ADMIN_KEY, requestId: 'the-failed-one' })
      .catch((error: unknown) => error);
    expect(problem).toEqual({
      type: 'urn:fulcrum:problem:service.internal',
      title: 'An unexpected error occurred',
      status: 500,
      detail: 'Pipeline error in probe.failure.get',
      instance: 'urn:fulcrum:request:the-failed-one',
      code: 'service.internal',
      requestId: 'the-failed-one',
    });
    expect(await answered('service.internal', 'probe.failure.get')).toBe(1);
  });
});
