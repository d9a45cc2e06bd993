import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { EffectHandlers } from '../../effects/effect-handlers.js';
import { Tasks } from '../../effects/tasks.js';
import { AppError } from '../../errors/app-error.js';
import { invalid, within } from '../../transport/validation/validate.js';
import type { Kind } from './dto/job.dto.js';
import { AttemptFailedError, PostponedError } from './jobs.failures.js';
import { HttpRequests } from './jobs.http-requests.js';
import type { StoredJob } from './jobs.stored-job.js';

/** Between two looks whether what a job needs is back. */
const POSTPONE_MS = 1000;
/** The record of an effect is bound to its name alone, which no two effects share. */
const FINGERPRINT = 'job';
const PASSING = new Set(['unavailable', 'timeout', 'rate-limited', 'locked']);

/** One time that a job is run. */
export interface Run {
  readonly tenant: string;
  readonly job: StoredJob;
  readonly operationId: string;
  /** How long it has to be remembered that the effect took place, in ms. */
  readonly rememberMs: number;
  readonly signal: AbortSignal;
}

/** What jobs do: effects that features offer, payloads of the pipeline, and requests to other services. */
@Injectable()
export class JobKinds {
  constructor(
    private readonly effects: EffectHandlers,
    private readonly tasks: Tasks,
    private readonly requests: HttpRequests,
  ) {}

  /**
   * The payload as it is written down.
   * @throws AppError `request.invalid` with pointers into `/payload`, `access.forbidden`
   */
  check(
    caller: Caller,
    kind: Kind,
    payload: Readonly<Record<string, unknown>>,
    operation: string,
  ): Pick<StoredJob, 'payload' | 'sealed'> {
    return within('/payload', () => {
      if (kind === 'http.request') return this.requests.check(caller, payload, operation);
      if (kind === 'pipeline.process') return { payload: this.tasks.of(kind).check(caller, payload) };
      if ('kind' in payload) throw invalid([{ pointer: '/kind', detail: 'is not a known field' }]);
      const checked: Record<string, unknown> = { ...this.effects.check(caller, { ...payload, kind }) };
      delete checked.kind;
      return { payload: checked };
    });
  }

  /**
   * Does what the job is for; done twice for the same operation, an effect takes place once.
   * @throws AttemptFailedError, PostponedError
   */
  async run(run: Run): Promise<object | undefined> {
    const { tenant, job, operationId, signal, rememberMs } = run;
    try {
      if (job.kind === 'http.request') return await this.requests.send(tenant, job, operationId, signal);
      if (job.kind === 'pipeline.process') {
        return asObject(await this.tasks.of(job.kind).run(tenant, job.payload));
      }
      const effect = effectOf(job);
      await this.effects
        .of(effect)
        .apply(tenant, effect, { id: operationId, fingerprint: FINGERPRINT, ttlMs: rememberMs });
      return undefined;
    } catch (error) {
      throw outcomeOf(error, job.kind);
    }
  }

  /** Nobody runs the job any more. */
  async settle(tenant: string, job: StoredJob, operationId: string): Promise<void> {
    if (job.kind === 'http.request' || job.kind === 'pipeline.process') return;
    const effect = effectOf(job);
    await this.effects.of(effect).settle(tenant, effect, operationId);
  }
}

function effectOf({ kind, payload }: StoredJob): object {
  return { ...payload, kind };
}

function asObject(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

function outcomeOf(error: unknown, kind: Kind): AttemptFailedError | PostponedError {
  if (error instanceof AttemptFailedError) return error;
  if (!(error instanceof AppError) || error.kind === 'internal') {
    return new AttemptFailedError('service.internal: An unexpected error occurred', false, error);
  }
  if (PASSING.has(error.kind)) {
    return new PostponedError(error.code, Math.max(error.details.retryAfterMs ?? 0, POSTPONE_MS));
  }
  // What a processor of the pipeline refuses now it may take later; an effect that is refused depends on nothing that passes.
  return new AttemptFailedError(error.message, kind !== 'pipeline.process', error);
}
