import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';

/** A payload as its sender gave it. */
export type Payload = Readonly<Record<string, unknown>> & { readonly id: string };

/** What a processor is told besides the payload. */
export interface ProcessingContext {
  readonly tenant: string;
  /** Aborts when the service stops: what is left is done by another process. */
  readonly signal: AbortSignal;
  /**
   * A caller for the services of other features, under which `step` takes effect once, however often this payload is tried
   * again after a crash: it carries an Idempotency-Key of the payload and the step.
   */
  callerFor(step: string): Caller;
}

/** What a payload becomes. Replace it by handing your own to `runProgram` (examples/pipeline). */
export abstract class PayloadProcessor {
  /**
   * What is answered, and shown from then on, with `status` and `timestamp` besides. It may be called again for the same
   * payload if the process that called it ends before it answers.
   * @throws AppError as the client is to see it; anything else is an error of the service
   */
  abstract processPayload(payload: Payload, context: ProcessingContext): Promise<Record<string, unknown>>;
}

/** A payload stays what it is. */
@Injectable()
export class UnchangedPayload implements PayloadProcessor {
  processPayload(payload: Payload): Promise<Record<string, unknown>> {
    return Promise.resolve(payload);
  }
}
