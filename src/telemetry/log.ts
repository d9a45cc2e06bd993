import { pino, type Logger } from 'pino';
import { SuccessLog } from './success-log.js';
import { withoutSecrets } from './without-secrets.js';

/**
 * An error as a log line may hold it: ioredis hangs a command's arguments on its errors, others quote what they
 * were given, and both stay out.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    type: error.name,
    message: withoutSecrets(error.message),
    stack: withoutSecrets(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/**
 * The log of this process: one JSON line per event on standard output. Whoever writes a line names each
 * field of it; whole requests, bodies and headers are never handed over.
 */
export const log: Logger = pino({
  base: null,
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: { level: (level) => ({ level }) },
  serializers: { err: describeError },
});

export function setLogLevel(level: string): void {
  log.level = level;
}

let successLog = new SuccessLog(Infinity, 0);
let refusalLog = new SuccessLog(Infinity, Infinity);

/** What decides which successes are logged at the level info; all of them until `limitSuccesses`. */
export function successes(): SuccessLog {
  return successLog;
}

/** The same for what is refused before an operation has begun, apart: one kind of line is not to take the place of the other. */
export function refusals(): SuccessLog {
  return refusalLog;
}

export function limitSuccesses(perSecond: number, slowMs: number): void {
  successLog = new SuccessLog(perSecond, slowMs);
  refusalLog = new SuccessLog(perSecond, Infinity);
}
