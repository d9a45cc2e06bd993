import { setTimeout as pause } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { log } from './log.js';

const FLUSH_MS = 2000;

/**
 * Sends spans to the collector at `endpoint` (OTLP over HTTP).
 * @returns what flushes and stops the export, in bounded time and whether or not the collector answers
 */
export function startTracing(endpoint: string): () => Promise<void> {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'fulcrum' }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })),
    ],
  });
  provider.register();
  return async () => {
    const flushed = provider.shutdown().catch((error: unknown) => {
      log.warn({ event: 'tracing.failure', err: error }, 'the last spans could not be sent');
    });
    await Promise.race([flushed, pause(FLUSH_MS)]);
  };
}
