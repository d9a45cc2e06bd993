import type { AppError } from '../../errors/app-error.js';
import { log, refusals } from '../../telemetry/log.js';
import { problems } from '../../telemetry/metrics.js';
import { isLogged } from '../../telemetry/operation.js';
import { problemTable } from './problem-table.js';

/** What the log may know of a request that is refused: no URL, whose query may hold a credential, and nothing that was sent. */
export interface Refused {
  readonly requestId: string;
  readonly transport: 'http' | 'message' | 'websocket';
  readonly method?: string | undefined;
  /** The pattern of the route; undefined if there is none. */
  readonly route?: string | undefined;
  /** The pattern of a message. */
  readonly pattern?: string | undefined;
}

/**
 * Counts a problem that is sent, and logs it if nobody has: what is refused before an operation has begun would leave its
 * request id in no log. Whoever sends a lot of it gets a line for some, so that it cannot fill the log.
 */
export function reportProblem(error: AppError, refused: Refused): void {
  problems.inc({ code: error.code, transport: refused.transport });
  if (isLogged(error) || !log.isLevelEnabled('info')) return;
  const admitted = log.isLevelEnabled('debug') ? {} : refusals().admit(0, performance.now());
  if (admitted === undefined) return;
  const { status } = problemTable[error.kind];
  log.info({ event: 'request.refused', ...refused, code: error.code, status, ...admitted });
}
