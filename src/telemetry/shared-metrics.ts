import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import { AppError } from '../errors/app-error.js';
import { serviceErrors } from '../errors/core.errors.js';
import { registry } from './metrics.js';

const WANTED = 'fulcrum:metrics-wanted';
const METRICS = 'fulcrum:metrics';

interface MetricsMessage {
  readonly type: typeof WANTED | typeof METRICS;
  readonly id: number;
  /** Missing in an answer if a worker did not report in time. */
  readonly text?: string;
}

const waiting = new Map<number, (text: string | undefined) => void>();
let lastId = 0;

if (cluster.isWorker) {
  AggregatorRegistry.setRegistries(registry);
  // Its constructor is what makes this process report to the one that started it.
  new AggregatorRegistry();
  process.on('message', (message: unknown) => {
    if (!isMetricsMessage(message, METRICS)) return;
    waiting.get(message.id)?.(message.text);
    waiting.delete(message.id);
  });
}

/**
 * The metrics in the Prometheus text format: of this process, or of all that share its port, added up.
 * @throws AppError `service.upstream-unavailable` if one of them does not report in time
 */
export async function sharedMetrics(): Promise<string> {
  if (!cluster.isWorker) return await registry.metrics();
  const text = await new Promise<string | undefined>((resolve) => {
    const id = ++lastId;
    waiting.set(id, resolve);
    process.send?.({ type: WANTED, id } satisfies MetricsMessage);
  });
  if (text !== undefined) return text;
  throw new AppError(serviceErrors['upstream-unavailable'], 'A worker did not report in time.', {
    retryable: true,
  });
}

/** Makes the process that started the workers answer what `sharedMetrics` asks in them. */
export function answerSharedMetrics(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker: Worker, message: unknown) => {
    if (!isMetricsMessage(message, WANTED)) return;
    const answer = (text?: string) => {
      const reply: MetricsMessage = {
        type: METRICS,
        id: message.id,
        ...(text === undefined ? {} : { text }),
      };
      if (worker.isConnected()) worker.send(reply);
    };
    all.clusterMetrics().then(answer, () => answer());
  });
}

function isMetricsMessage(message: unknown, type: MetricsMessage['type']): message is MetricsMessage {
  return typeof message === 'object' && message !== null && Reflect.get(message, 'type') === type;
}
