import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { LateEffectError, SETTLED_RECORD_MS } from '../../effects/effect-handlers.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { log } from '../../telemetry/log.js';
import { type IdempotentOperation, keyedArgs } from '../../transport/idempotency/idempotency.js';
import type { PayloadState, ProcessedPayload, ProcessorView, QueuedPayload } from './dto/pipeline.dto.js';
import { PipelineKeys } from './pipeline.keys.js';
import { type Claim, claimScript, completeScript, failScript, renewScript } from './pipeline.scripts.js';

/** How long a payload is left to a process that may be gone. */
export const LEASE_MS = 30_000;

/** What is known of payloads, and of a tenant's processor. */
@Injectable()
export class PayloadRecords {
  readonly keepMs: number;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: PipelineKeys,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.keepMs = settings.IDEMPOTENCY_TTL_MS;
  }

  /** Takes a payload to process or to queue it, if that is to be done. */
  async claim(tenant: string, id: string, mode: 'process' | 'queue' | 'requeued'): Promise<Claim> {
    return await this.scripts.run(claimScript, {
      keys: this.keys.payload(tenant, id),
      args: { mode, token: randomUUID(), leaseMs: LEASE_MS },
      // A claim of which nobody hears lasts for a lease.
      repeatable: true,
      resend: mode === 'queue',
    });
  }

  /** Takes more time for a payload that is still being processed. */
  renew(tenant: string, id: string, token: string): void {
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

  /** What the keyed request `operationId` was answered when its payload was accepted; undefined if it was not. */
  async acceptedAs(tenant: string, operationId: string): Promise<QueuedPayload['status'] | undefined> {
    const record = this.keys.accepted(tenant, operationId);
    const status = await this.gateway.execute((client) => client.get(record), { repeatable: true });
    return status === 'queued' || status === 'processing' ? status : undefined;
  }

  async keepAccepted(
    tenant: string,
    operation: IdempotentOperation,
    status: QueuedPayload['status'],
  ): Promise<void> {
    const record = this.keys.accepted(tenant, operation.id);
    await this.gateway.execute((client) => client.set(record, status, 'PX', operation.ttlMs), {
      repeatable: true,
    });
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

  /** Notes that the tenant queues payloads, so that workers look for them. */
  async addTenant(tenant: string): Promise<void> {
    await this.gateway.execute((client) => client.sadd(this.keys.tenants(), tenant), { repeatable: true });
  }

  /** What became of a payload; undefined if nothing is known of it. */
  async find(tenant: string, id: string): Promise<PayloadState | undefined> {
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
        return undefined;
    }
  }

  async processor(tenant: string): Promise<ProcessorView> {
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

  async setActive(tenant: string, active: boolean): Promise<void> {
    await this.gateway.execute((client) => client.hset(this.keys.state(tenant), 'active', active ? 1 : 0), {
      repeatable: true,
      resend: false,
    });
  }
}

/** What is stored of a processed payload. */
export function asAnswer(json: string): ProcessedPayload {
  const answer: unknown = JSON.parse(json);
  if (typeof answer !== 'object' || answer === null)
    throw new Error('a payload holds an answer that is no object');
  return { ...answer };
}
