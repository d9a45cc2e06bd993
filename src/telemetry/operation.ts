import { SpanStatusCode, trace } from '@opentelemetry/api';
import { AppError } from '../errors/app-error.js';
import { ProductionServiceError } from '../errors/production-service-error.js';
import { log, successes } from './log.js';
import { operationSeconds } from './metrics.js';

/** What an argument contributes to log lines by itself (a caller: its request id, tenant and actor). */
export interface Describable {
  describe(): Readonly<Record<string, string>>;
}

export interface OperationOptions {
  /** Names of parameters whose values may be logged; every other value is shown as `[redacted]`. */
  readonly show?: readonly string[];
}

const tracer = trace.getTracer('fulcrum');

/** Errors that a named operation has logged, so that whoever gets one later need not. */
const loggedErrors = new WeakSet<AppError>();

export function isLogged(error: AppError): boolean {
  return loggedErrors.has(error);
}

/**
 * Makes a service's asynchronous method a named operation: logs its start with its parameters, its success
 * with the latency in ms and its failure with the error; measures `fulcrum_operation_duration_seconds`;
 * opens a span; and turns an unexpected error into `ProductionServiceError` with its cause.
 */
export function Operation(name: string, { show = [] }: OperationOptions = {}) {
  const shown = new Set(show);
  return function decorate<Args extends unknown[], Result>(
    _target: object,
    _property: string | symbol,
    descriptor: TypedPropertyDescriptor<(...args: Args) => Promise<Result>>,
  ): void {
    const method = descriptor.value;
    if (method === undefined) throw new Error(`operation ${name} decorates no method`);
    descriptor.value = function observed(this: unknown, ...args: Args): Promise<Result> {
      return observe(name, args, shown, () => method.apply(this, args));
    };
  };
}

async function observe<Result>(
  name: string,
  args: readonly unknown[],
  shown: ReadonlySet<string>,
  work: () => Promise<Result>,
): Promise<Result> {
  const started = performance.now();
  if (log.isLevelEnabled('debug')) {
    log.debug({
      event: 'operation.start',
      operation: name,
      ...whose(args),
      parameters: parametersOf(args, shown),
    });
  }
  const span = tracer.startSpan(name);
  try {
    const result = await work();
    const seconds = (performance.now() - started) / 1000;
    operationSeconds.observe({ operation: name, outcome: 'success' }, seconds);
    reportSuccess(name, args, seconds);
    return result;
  } catch (thrown) {
    const error = thrown instanceof AppError ? thrown : new ProductionServiceError(name, thrown);
    const seconds = (performance.now() - started) / 1000;
    operationSeconds.observe({ operation: name, outcome: error.code }, seconds);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.code });
    reportFailure(name, args, shown, seconds, error);
    throw error;
  } finally {
    span.end();
  }
}

function reportSuccess(name: string, args: readonly unknown[], seconds: number): void {
  if (!log.isLevelEnabled('info')) return;
  const durationMs = milliseconds(seconds);
  const admitted = log.isLevelEnabled('debug') ? {} : successes().admit(durationMs, performance.now());
  if (admitted === undefined) return;
  log.info({ event: 'operation.success', operation: name, ...whose(args), durationMs, ...admitted });
}

function reportFailure(
  name: string,
  args: readonly unknown[],
  shown: ReadonlySet<string>,
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
