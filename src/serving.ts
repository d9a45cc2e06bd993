import type { AddressInfo } from 'node:net';
import type { AdminKeyNotice } from './access/bootstrap-key.js';
import type { Extensions } from './app.module.js';
import { createApplication } from './application.js';
import type { Settings } from './config/setting-specs.js';
import { log } from './telemetry/log.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** Connections that wait to be accepted while many clients come at once. */
const BACKLOG = 4096;

/** Where a process answers, and how a person gets at the admin key. */
export interface Opening {
  readonly port: number;
  readonly adminKey: AdminKeyNotice;
}

export interface ServingOptions {
  /** What is added to the service. */
  readonly extensions: Extensions;
  readonly ended: Promise<undefined>;
  readonly onOpen: (opening: Opening) => void;
}

/** Settles at the first signal. The listeners stay: another signal must not cut off what the first lets finish. */
export function endSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const name of SIGNALS) process.on(name, () => resolve(undefined));
  });
}

/** Answers requests and messages in this process until `ended`, then finishes what runs. */
export async function serve(
  settings: Settings,
  { extensions, ended, onOpen }: ServingOptions,
): Promise<void> {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  // Without a collector what exports traces is not even loaded: it takes memory.
  const stopTracing =
    endpoint === undefined ? undefined : (await import('./telemetry/tracing.js')).startTracing(endpoint);
  try {
    // A start that still waits for Redis has nothing to finish.
    const application = await Promise.race([createApplication(settings, extensions), ended]);
    if (application === undefined) return;
    const { nest, adminKey } = application;
    await nest.listen({ port: settings.PORT, host: settings.HOST, backlog: BACKLOG });
    const address: unknown = nest.getHttpServer().address();
    onOpen({ port: (address as AddressInfo).port, adminKey });
    await ended;
    log.info({ event: 'service.stopping' }, 'finishing what runs');
    await nest.close();
  } finally {
    await stopTracing?.();
  }
}
