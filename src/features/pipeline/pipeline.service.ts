import { hash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { Caller } from '../../access/caller.js';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { EffectHandlers, LateEffectError, SETTLED_RECORD_MS } from '../../effects/effect-handlers.js';
import { reasonOf } from '../../errors/reason-of.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { log } from '../../telemetry/log.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, type IdempotentOperation, keyedArgs } from '../../transport/idempotency/idempotency.js';
import { invalid, validated } from '../../transport/validation/validate.js';
import {
  CheckedPayload,
  type ConfigureProcessorBody,
  type PayloadPath,
  type PayloadState,
  type ProcessedPayload,
  type ProcessorView,
} from './dto/pipeline.dto.js';
import { type Payload, PayloadProcessor } from './payload-processor.js';
import { pipelineEndpoints } from './pipeline.endpoints.js';
import { busy, deactivated, missingId, payloadNotFound } from './pipeline.errors.js';
import { PipelineKeys } from './pipeline.keys.js';
import { type Claim, claimScript, completeScript, failScript, renewScript } from './pipeline.scripts.js';

/** Where a tenant's queued payloads are: a stream like any other. */
export const QUEUE = { stream: 'pipeline.payloads', group: 'workers' } as const;
/** How long a payload is left to a process that may be gone. */
const LEASE_MS = 30_000;
/** How long a request waits for another one that processes the same payload. */
const WAIT_MS = 5000;
const WAIT_STEP_MS = 50;

/** Processes payloads, each id once. */
@Injectable()
export class PipelineService implements BeforeApplicationShutdown {
  private readonly keepMs: number;
  private readonly stopping = new AbortController();

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: PipelineKeys,
    private readonly processor: PayloadProcessor,
    private readonly effects: EffectHandlers,
    private readonly idempotency: Idempotency,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.keepMs = settings.IDEMPOTENCY_TTL_MS;
  }

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
      const claim = await this.claim(caller.tenant, payload.id, 'process');
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
  async queue(caller: Caller, input: unknown): Promise<{ id: string; answer: ProcessedPayload | undefined }> {
    const payload = checkedPayload(input);
    const { tenant } = caller;
    await this.idempotency.open(caller, pipelineEndpoints.queue.name, payload);
    const claim = await this.claim(tenant, payload.id, 'queue');
    if (claim.outcome === 'deactivated') throw deactivated();
    if (claim.outcome === 'processed') {
      caller.replayed = true;
      return { id: payload.id, answer: asAnswer(claim.answer) };
    }
    if (claim.outcome === 'queued') await this.enqueue(tenant, payload, claim.token);
    return { id: payload.id, answer: undefined };
  }

  /** @throws AppError `pipeline.payload-not-found` */
  @Operation(pipelineEndpoints.payload.name)
  async get({ tenant }: Caller, { id }: PayloadPath): Promise<PayloadState> {
    const { payload } = this.keys.payload(tenant, id);
    const [state, answer, reason] = await this.gateway.execute(
      (client) => client.hmget(payload, 'state', 'answer', 'reason'),
      { repeatable: true },
    );
    switch (state) {
      case 'queued':
      case 'processing':
        return { id, status: state };
      case 'processed':
        return { id, status: state, result: asAnswer(answer ?? '') };
      case 'failed':
        return { id, status: state, reason: reason ?? '' };
      default:
        throw payloadNotFound();
    }
  }

  @Operation(pipelineEndpoints.get.name)
  async state({ tenant }: Caller): Promise<ProcessorView> {
    const fields = await this.gateway.execute((client) => client.hgetall(this.keys.state(tenant)), {
      repeatable: true,
    });
    const count = (name: string) => Number(fields[name] ?? 0);
    return {
      active: fields.active !== '0',
      queued: count('queued'),
      processing: count('processing'),
      processed: count('processed'),
      failed: count('failed'),
    };
  }

  @Operation(pipelineEndpoints.configure.name, { show: ['active'] })
  async configure(caller: Caller, { active }: ConfigureProcessorBody): Promise<ProcessorView> {
    await this.gateway.execute(
      (client) => client.hset(this.keys.state(caller.tenant), 'active', active ? 1 : 0),
      { repeatable: true, resend: false },
    );
    return await this.state(caller);
  }

  /** What a worker does with a queued payload; undefined while somebody else processes it, or the processor is deactivated. */
  async processQueued(tenant: string, input: unknown): Promise<ProcessedPayload | undefined> {
    const payload = checkedPayload(input);
    const claim = await this.claim(tenant, payload.id, 'requeued');
    if (claim.outcome === 'processed') return asAnswer(claim.answer);
    return claim.outcome === 'claimed' ? await this.carryOut(tenant, payload, claim.token) : undefined;
  }

  /** Notes what became of a payload, unless that is known; once for `operation`. @throws LateEffectError */
  async complete(
    tenant: string,
    id: string,
    result: object,
    operation: IdempotentOperation | undefined,
  ): Promise<ProcessedPayload> {
    const answer = { ...result, id, status: 'processed', timestamp: new Date().toISOString() };
    const done = await this.scripts.run(completeScript, {
      keys: {
        ...this.keys.payload(tenant, id),
        operation: this.keys.operation(tenant, operation?.id ?? 'none'),
      },
      args: {
        ...keyedArgs(operation),
        notAfter: operation?.notAfterMs ?? '',
        answer: JSON.stringify(answer),
        keepMs: this.keepMs,
      },
      repeatable: true,
    });
    if (done.outcome === 'late') throw new LateEffectError();
    return asAnswer(done.answer);
  }

  async forget(tenant: string, operationId: string): Promise<void> {
    const record = this.keys.operation(tenant, operationId);
    await this.gateway.execute((client) => client.pexpire(record, SETTLED_RECORD_MS), { repeatable: true });
  }

  /** Notes that a payload is given up. @returns why it was first; undefined if it was processed */
  async fail(tenant: string, id: string, reason: string): Promise<string | undefined> {
    return await this.scripts.run(failScript, {
      keys: this.keys.payload(tenant, id),
      args: { reason, keepMs: this.keepMs },
      repeatable: true,
    });
  }

  /** Tenants that ever queued a payload. */
  async tenants(): Promise<string[]> {
    return await this.gateway.execute((client) => client.smembers(this.keys.tenants()), { repeatable: true });
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async claim(tenant: string, id: string, mode: 'process' | 'queue' | 'requeued'): Promise<Claim> {
    return await this.scripts.run(claimScript, {
      keys: this.keys.payload(tenant, id),
      args: { mode, token: randomUUID(), leaseMs: LEASE_MS },
      // A claim of which nobody hears lasts for a lease.
      repeatable: true,
      resend: mode === 'queue',
    });
  }

  private async enqueue(tenant: string, payload: Payload, token: string): Promise<void> {
    await this.gateway.execute((client) => client.sadd(this.keys.tenants(), tenant), { repeatable: true });
    const effect = { kind: 'streams.append', stream: QUEUE.stream, data: payload, key: payload.id };
    // The token is the payload's as long as it is queued: sent again, it is the same entry.
    const operation = { id: `pipeline.${token}`, fingerprint: 'queued', ttlMs: this.keepMs };
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
    const renewal = setInterval(() => this.renew(tenant, payload.id, token), LEASE_MS / 3);
    try {
      const result = await this.processor.processPayload(payload, {
        tenant,
        signal: this.stopping.signal,
        callerFor: (step) => Caller.inProcess(tenant, { idempotencyKey: stepKey(payload.id, step) }),
      });
      return await this.complete(tenant, payload.id, result, undefined);
    } finally {
      clearInterval(renewal);
    }
  }

  private renew(tenant: string, id: string, token: string): void {
    this.scripts
      .run(renewScript, {
        keys: { payload: this.keys.payload(tenant, id).payload },
        args: { token, leaseMs: LEASE_MS },
        repeatable: true,
      })
      .catch((error: unknown) =>
        log.debug({ event: 'pipeline.renew.failure', err: error }, 'a lease runs on'),
      );
  }

  private async noteFailure(tenant: string, id: string, error: unknown): Promise<void> {
    try {
      await this.fail(tenant, id, reasonOf(error));
    } catch (late) {
      log.warn({ event: 'pipeline.failure.late', err: late }, 'that a payload failed is not noted');
    }
  }
}

/** The Idempotency-Key of what a processor does for a payload. */
function stepKey(id: string, step: string): string {
  return `pipeline:${hash('sha256', JSON.stringify([id, step]))}`;
}

/** @throws AppError `pipeline.missing-id`, `request.invalid` */
function checkedPayload(input: unknown): Payload {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid([{ pointer: '', detail: 'must be an object' }]);
  }
  const id: unknown = Reflect.get(input, 'id');
  if (id === undefined) throw missingId();
  const checked = validated(CheckedPayload, { id, payload: input });
  return { ...checked.payload, id: checked.id };
}

function asAnswer(json: string): ProcessedPayload {
  const answer: unknown = JSON.parse(json);
  if (typeof answer !== 'object' || answer === null)
    throw new Error('a payload holds an answer that is no object');
  return { ...answer };
}
