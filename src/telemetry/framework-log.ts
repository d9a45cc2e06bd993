import type { LoggerService } from '@nestjs/common';
import { log } from './log.js';

/** Nest's own messages as lines of our log; its chatter about routes at start is kept at debug. */
export class FrameworkLog implements LoggerService {
  log(message: unknown, context?: unknown): void {
    log.debug({ event: 'framework', context: String(context) }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    log.warn({ event: 'framework', context: String(context) }, String(message));
  }

  error(message: unknown): void {
    const detail = message instanceof Error ? { err: message } : { message: String(message) };
    log.error({ event: 'framework', ...detail }, 'framework error');
  }
}
