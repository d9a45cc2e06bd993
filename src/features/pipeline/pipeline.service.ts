import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Caller } from '../../access/caller.js';
import { EffectHandlers } from '../../effects/effect-handlers.js';
import { GiveUpError } from '../../effects/stream-consumer.js';
import { AppError } from '../../errors/app-error.js';
import { ProductionServiceError } from '../../errors/production-service-error.js';
import { reasonOf } from '../../errors/reason-of.js';
import { followUp } from '../../redis/follow-up.js';
import { log } from '../../telemetry/log.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency } from '../../transport/idempotency/idempotency.js';
import { isJsonObject, MAX_DOCUMENT_BYTES } from '../../transport/validation/rules.js';
import { invalid, validated } from '../../transport/validation/validate.js';
import {
  type ConfigureProcessorBody,
  PayloadPath,
  type PayloadState,
  type ProcessedPayload,
  type ProcessorView,
  type QueuedPayload,
} from './dto/pipeline.dto.js';
import { type Payload, PayloadProcessor } from './payload-processor.js';
import { pipelineEndpoints } from './pipeline.endpoints.js';
import { busy, deactivated, missingId, payloadNotFound } from './pipeline.errors.js';
import { asAnswer, LEASE_MS, PayloadRecords } from './pipeline.records.js';

/** Where a tenant's queued payloads are: a stream like any other. */
export const QUEUE = { stream: 'pipeline.payloads', group: 'workers' } as const;
/** How long a request waits for another one that processes the same payload. */
const WAIT_MS = 5000;
const WAIT_STEP_MS = 50;
const OPERATION = pipelineEndpoints.processPayload.name;

/** Processes payloads, each id once. */
@Injectable()
export class PipelineService implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly records: PayloadRecords,
    private readonly processor: PayloadProcessor,
    private readonly effects: EffectHandlers,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * What the payload has become, processed now or before.
   * @throws AppError `pipeline.missing-id`, `pipeline.deactivated`, `pipeline.busy`, and as the processor
   * @throws ProductionServiceError if the processor fails unexpectedly
   */
  @Operation(pipelineEndpoints.processPayload.name)
  async processPayload(caller: Caller, input: unknown): Promise<ProcessedPayload> {
    const payload = checkedPayload(input);
    await this.idempotency.open(caller, pipelineEndpoints.processPayload.name, payload);
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const claim = await this.records.claim(caller.tenant, payload.id, 'process');
      if (claim.outcome === 'claimed') return await this.processNow(caller.tenant, payload, claim.token);
      if (claim.outcome === 'deactivated') throw deactivated();
      if (claim.outcome === 'processed') {
        caller.replayed = true;
        return asAnswer(claim.answer);
      }
      const remainingMs = claim.outcome === 'busy' ? claim.remainingMs : LEASE_MS;
      if (performance.now() >= deadline) throw busy(remainingMs);
      await pause(Math.min(remainingMs, WAIT_STEP_MS));
    }
  }

  /**
   * Queues the payload for a worker; what it has become, if it was processed already.
   * @throws AppError `pipeline.missing-id`, `pipeline.deactivated`
   */
  @Operation(pipelineEndpoints.queue.name)
  async queue(caller: Caller, input: unknown): Promise<ProcessedPayload | QueuedPayload> {
    const payload = checkedPayload(input);
    const { tenant } = caller;
    const { id } = payload;
    const operation = await this.idempotency.open(caller, pipelineEndpoints.queue.name, payload);
    const before = operation && (await this.records.acceptedAs(tenant, operation.id));
    if (before) {
      caller.replayed = true;
      return { id, status: before };
    }
    const claim = await this.records.claim(tenant, id, 'queue');
    if (claim.outcome === 'deactivated') throw deactivated();
    if (claim.outcome === 'processed') {
      caller.replayed = true;
      return asAnswer(claim.answer);
    }
    if (claim.outcome === 'queued') await this.enqueue(tenant, payload, claim.token);
    // Where somebody else is at it, that is no promise to do it again if they fail.
    const status = claim.outcome === 'queued' ? 'queued' : 'processing';
    if (operation)
      await followUp('keep an answer', () => this.records.keepAccepted(tenant, operation, status));
    return { id, status };
  }

  /** @throws AppError `pipeline.payload-not-found` */
  @Operation(pipelineEndpoints.payload.name)
  async get({ tenant }: Caller, { id }: PayloadPath): Promise<PayloadState> {
    const found = await this.records.find(tenant, id);
    if (found === undefined) throw payloadNotFound();
    return found;
  }

  /** Whether the processor is active, and what it has and had. */
  @Operation(pipelineEndpoints.get.name)
  async state({ tenant }: Caller): Promise<ProcessorView> {
    return await this.records.processor(tenant);
  }

  @Operation(pipelineEndpoints.configure.name, { show: ['active'] })
  async configure({ tenant }: Caller, { active }: ConfigureProcessorBody): Promise<ProcessorView> {
    await this.records.setActive(tenant, active);
    return await this.records.processor(tenant);
  }

  /** What a worker does with a queued payload; undefined while somebody else processes it, or the processor is deactivated. */
  async processQueued(tenant: string, input: unknown): Promise<ProcessedPayload | undefined> {
    const payload = checkedPayload(input);
    const claim = await this.records.claim(tenant, payload.id, 'requeued');
    if (claim.outcome === 'processed') return asAnswer(claim.answer);
    return claim.outcome === 'claimed' ? await this.carryOut(tenant, payload, claim.token) : undefined;
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async enqueue(tenant: string, payload: Payload, token: string): Promise<void> {
    await this.records.addTenant(tenant);
    const effect = { kind: 'streams.append', stream: QUEUE.stream, data: payload, key: payload.id };
    // The token is the payload's as long as it is queued: sent again, it is the same entry.
    const operation = { id: `pipeline.${token}`, fingerprint: 'queued', ttlMs: this.records.keepMs };
    await this.effects.of(effect).apply(tenant, effect, operation);
  }

  private async processNow(tenant: string, payload: Payload, token: string): Promise<ProcessedPayload> {
    try {
      return await this.carryOut(tenant, payload, token);
    } catch (error) {
      await this.noteFailure(tenant, payload.id, error);
      throw error;
    }
  }

  private async carryOut(tenant: string, payload: Payload, token: string): Promise<ProcessedPayload> {
    const renewal = setInterval(() => this.records.renew(tenant, payload.id, token), LEASE_MS / 3);
    try {
      const result = await this.processor.processPayload(payload, {
        tenant,
        signal: this.stopping.signal,
        callerFor: (step) => Caller.inProcess(tenant, { idempotencyKey: stepKey(payload.id, step) }),
      });
      return await this.records.complete(tenant, payload.id, result, undefined);
    } catch (error) {
      // What is unexpected is for the log alone: why a payload failed is shown.
      throw isToldAsItIs(error) ? error : new ProductionServiceError(OPERATION, error);
    } finally {
      clearInterval(renewal);
    }
  }

  private async noteFailure(tenant: string, id: string, error: unknown): Promise<void> {
    try {
      await this.records.fail(tenant, id, reasonOf(error));
    } catch (late) {
      log.warn({ event: 'pipeline.failure.late', err: late }, 'that a payload failed is not noted');
    }
  }
}

function isToldAsItIs(error: unknown): boolean {
  return error instanceof AppError || error instanceof GiveUpError;
}

/** The Idempotency-Key of what a processor does for a payload. */
function stepKey(id: string, step: string): string {
  return `pipeline:${hash('sha256', JSON.stringify([id, step]))}`;
}

/** @throws AppError `pipeline.missing-id`, `request.invalid` */
export function checkedPayload(input: unknown): Payload {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid([{ pointer: '', detail: 'must be an object' }]);
  }
  const id: unknown = Reflect.get(input, 'id');
  // An id that is none is not there, however it was written.
  if (id === undefined || id === null || id === '') throw missingId();
  const { id: name } = validated(PayloadPath, { id });
  if (!isJsonObject(input))
    throw invalid([{ pointer: '', detail: `must be a JSON object of at most ${MAX_DOCUMENT_BYTES} bytes` }]);
  return { ...input, id: name };
}
