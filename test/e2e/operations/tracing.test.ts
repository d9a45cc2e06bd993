import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { startServiceProcess } from '../../support/service-process.js';
import { ADMIN_KEY } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number; readonly message?: string };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

let topology: Topology;
let collector: Server;
let endpoint: string;
let received: { path: string | undefined; body: string }[];
let answers: boolean;

beforeAll(async () => {
  topology = await startTopology();
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ path: request.url, body });
      if (answers) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});

afterAll(async () => {
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
  await topology.stop();
});

beforeEach(() => {
  received = [];
  answers = true;
});

/** Runs a service, asks it a few things, and stops it. */
async function useService(settings: Record<string, string>): Promise<number | null> {
  const service = await startServiceProcess({ ...topology.settings, LOG_LEVEL: 'info', ...settings });
  const messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
  try {
    const entry = { member: 'canary-member', score: 1, metadata: { canary: 'canary' } };
    const submitted = await service.admin.post('/v1/leaderboards/traced/submissions', entry);
    expect(submitted.status).toBe(200);
    expect((await service.admin.get('/v1/leaderboards/absent')).status).toBe(404);
    await messages.send('leaderboards.entries.list', { board: 'traced' });
  } finally {
    await messages.close();
    await service.stop();
  }
  return service.child.exitCode;
}

describe('OpenTelemetry', () => {
  it('sends a span for each operation to OTEL_EXPORTER_OTLP_ENDPOINT, the last at shutdown', async () => {
    expect(await useService({ OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/` })).toBe(0);
    expect(new Set(received.map(({ path }) => path))).toEqual(new Set(['/v1/traces']));
    const exported = received
      .map(({ body }) => JSON.parse(body) as Export)
      .flatMap((each) => each.resourceSpans);
    const [resource] = exported;
    expect(resource?.resource.attributes).toContainEqual({
      key: 'service.name',
      value: { stringValue: 'fulcrum' },
    });
    const spans = exported.flatMap(({ scopeSpans }) => scopeSpans).flatMap((scope) => scope.spans);
    const named = (name: string) => spans.filter((span) => span.name === name);
    expect(named('leaderboards.submissions.create')).toHaveLength(1);
    expect(named('leaderboards.entries.list')).toHaveLength(1);
    const [failed] = named('leaderboards.boards.get');
    expect(failed?.status).toMatchObject({ code: 2, message: 'leaderboards.board-not-found' });
    for (const { startTimeUnixNano, endTimeUnixNano, traceId } of spans) {
      expect(BigInt(endTimeUnixNano)).toBeGreaterThan(BigInt(startTimeUnixNano));
      expect(traceId).toMatch(/^[\da-f]{32}$/);
    }
    const text = JSON.stringify(received);
    expect(text).not.toContain('canary');
    expect(text).not.toContain(ADMIN_KEY.split('_')[2]);
  });

  it('sends nothing if that is not set', async () => {
    expect(await useService({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBe(0);
    expect(received).toEqual([]);
  });

  it('holds up neither requests nor the end if the collector is away or silent', async () => {
    expect(await useService({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).toBe(0);
    answers = false;
    expect(await useService({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toBe(0);
    expect(received.length).toBeGreaterThan(0);
  });
});
