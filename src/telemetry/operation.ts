import { SpanStatusCode, trace } from '@opentelemetry/api';
import { AppError } from '../errors/app-error.js';
import { ProductionServiceError } from '../errors/production-service-error.js';
import { log, successes } from './log.js';
import type { Series } from './latencies.js';
import { operationSeconds } from './metrics.js';

/** What an argument contributes to log lines by itself (a caller: its request id, tenant and actor). */
export interface Describable {
  describe(): Readonly<Record<string, string>>;
}

export interface OperationOptions {
  /** Names of parameters whose values may be logged; every other value is shown as `[redacted]`. */
  readonly show?: readonly string[];
  /** Set if the operation waits because it is asked to: that it takes long is nothing to be logged. */
  readonly mayWait?: boolean;
}

const tracer = trace.getTracer('fulcrum');

/** Errors that were logged where they arose, by a named operation for the most part, so that whoever gets one later need not. */
const loggedErrors = new WeakSet<AppError>();

export function isLogged(error: AppError): boolean {
  return loggedErrors.has(error);
}

export function rememberLogged(error: AppError): void {
  loggedErrors.add(error);
}

/**
 * Makes a service's asynchronous method a named operation: logs its start with its parameters, its success
 * with the latency in ms and its failure with the error; measures `fulcrum_operation_duration_seconds`;
 * opens a span; and turns an unexpected error into `ProductionServiceError` with its cause.
 */
export function Operation(name: string, { show = [], mayWait = false }: OperationOptions = {}) {
  const shown = new Set(show);
  return function decorate<Args extends unknown[], Result>(
    _target: object,
    _property: string | symbol,
    descriptor: TypedPropertyDescriptor<(...args: Args) => Promise<Result>>,
  ): void {
    const method = descriptor.value;
    if (method === undefined) throw new Error(`operation ${name} decorates no method`);
    const success = operationSeconds.seriesOf(name, 'success');
    descriptor.value = function observed(this: unknown, ...args: Args): Promise<Result> {
      return observe({ name, shown, mayWait, success }, args, () => method.apply(this, args));
    };
  };
}

/** What is known of a named operation before it is called. */
interface Observed {
  readonly name: string;
  readonly shown: ReadonlySet<string>;
  readonly mayWait: boolean;
  readonly success: Series;
}

/** Not `async`: for every request that would be promises more. */
function observe<Result>(
  observed: Observed,
  args: readonly unknown[],
  work: () => Promise<Result>,
): Promise<Result> {
  const started = performance.now();
  if (log.isLevelEnabled('debug')) reportStart(observed, args);
  const span = tracer.startSpan(observed.name);
  const failed = (thrown: unknown): never => {
    const error = thrown instanceof AppError ? thrown : new ProductionServiceError(observed.name, thrown);
    const seconds = (performance.now() - started) / 1000;
    operationSeconds.seriesOf(observed.name, error.code).observe(seconds);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.code });
    span.end();
    reportFailure(observed, args, seconds, error);
    throw error;
  };
  const succeeded = (result: Result): Result => {
    const seconds = (performance.now() - started) / 1000;
    observed.success.observe(seconds);
    span.end();
    reportSuccess(observed, args, seconds);
    return result;
  };
  return begun(work).then(succeeded, failed);
}

/** What a method throws at once, and not in its promise, is a failure like any other. */
function begun<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

function reportStart({ name, shown }: Observed, args: readonly unknown[]): void {
  log.debug({
    event: 'operation.start',
    operation: name,
    ...whose(args),
    parameters: parametersOf(args, shown),
  });
}

function reportSuccess({ name, mayWait }: Observed, args: readonly unknown[], seconds: number): void {
  if (!log.isLevelEnabled('info')) return;
  const durationMs = milliseconds(seconds);
  const admitted = log.isLevelEnabled('debug')
    ? {}
    : successes().admit(mayWait ? 0 : durationMs, performance.now());
  if (admitted === undefined) return;
  log.info({ event: 'operation.success', operation: name, ...whose(args), durationMs, ...admitted });
}

function reportFailure(
  { name, shown }: Observed,
  args: readonly unknown[],
  seconds: number,
  error: AppError,
): void {
  loggedErrors.add(error);
  const line = {
    event: 'operation.failure',
    operation: name,
    ...whose(args),
    durationMs: milliseconds(seconds),
    code: error.code,
    parameters: parametersOf(args, shown),
  };
  if (error.kind === 'internal') log.error({ ...line, err: error });
  else if (error.kind === 'unavailable' || error.kind === 'timeout') log.warn({ ...line, err: error });
  else log.info(line);
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1_000_000) / 1000;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDescribable(value: unknown): value is Describable {
  return isRecord(value) && typeof value.describe === 'function';
}

function whose(args: readonly unknown[]): Readonly<Record<string, string>> {
  return args.find(isDescribable)?.describe() ?? {};
}

function parametersOf(args: readonly unknown[], shown: ReadonlySet<string>): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const arg of args) {
    if (!isRecord(arg) || isDescribable(arg)) continue;
    for (const [key, value] of Object.entries(arg)) {
      if (value === undefined) continue;
      parameters[key] = shown.has(key) && typeof value !== 'object' ? value : '[redacted]';
    }
  }
  return parameters;
}
