import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { type AuditEvents, AuditTrail } from '../../effects/audit-trail.js';
import { AppError } from '../../errors/app-error.js';
import { followUp } from '../../redis/follow-up.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { describeError, log } from '../../telemetry/log.js';
import { SessionKeys } from './sessions.keys.js';
import { settleAuditScript, takeAuditScript } from './sessions.scripts.js';

export const AUDIT_STREAM = 'audit.sessions';
/** How long events wait for others of their bucket, which are told together. */
const GATHER_MS = 100;
/** Buckets that are told of at a time; under load those that wait gather more. */
const BUCKETS_AT_ONCE = 16;
const MOST_EVENTS = 500;
/** How long whoever has taken events may take to tell them: far less than it is remembered that they are told. */
const TOLD_WITHIN_MS = 60_000;

/** The rest of an audit event in JSON, behind what happened to which session: when, to whose session, and who did it. */
export function whoIn({ actor, requestId }: Caller, userId: string | undefined): string {
  return JSON.stringify({ at: new Date().toISOString(), userId, actor, requestId }).slice(1);
}

/**
 * Tells the audit stream what becomes of sessions. Each event is written down by the script that does what it tells, and told
 * from there: once, because what is taken to be told stays one operation of the stream, whoever goes on with it.
 */
@Injectable()
export class SessionAudit implements OnModuleDestroy {
  private readonly waiting = new Map<string, { readonly tenant: string; readonly bucket: string }>();
  private readonly stopped = new AbortController();
  private telling: Promise<void> | undefined;

  constructor(
    private readonly trail: AuditTrail,
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: SessionKeys,
  ) {}

  /** There are events in the bucket. What fails here is made up for by the next sweep. */
  soon(tenant: string, bucket: string): void {
    this.waiting.set(`${tenant}/${bucket}`, { tenant, bucket });
    this.telling ??= this.tellWaiting();
  }

  /** A session was not what was stored, and refused. */
  async refusal(caller: Caller, bucket: string, sessionId: string): Promise<void> {
    const { audit } = this.keys.bucket(caller.tenant, bucket);
    const event = `{"event":"refused","sessionId":"${sessionId}","reason":"changed",${whoIn(caller, undefined)}`;
    log.error({ event: 'sessions.refused', tenant: caller.tenant, sessionId, requestId: caller.requestId });
    await followUp('audit a refusal', () =>
      this.gateway.execute((client) => client.rpush(audit, event), { repeatable: true, resend: false }),
    );
    this.soon(caller.tenant, bucket);
  }

  /** Tells all that waits in the bucket, or leaves it to the next sweep. */
  async tellOrLeave(tenant: string, bucket: string): Promise<void> {
    try {
      await this.tell(tenant, bucket);
    } catch (error) {
      log.warn(
        { event: 'sessions.audit.late', tenant, err: describeError(error) },
        'told with the next sweep',
      );
    }
  }

  private async tell(tenant: string, bucket: string): Promise<void> {
    const { audit, taken } = this.keys.bucket(tenant, bucket);
    const keys = { audit, taken };
    for (let left = 1; left > 0;) {
      const id = randomUUID();
      const notAfterMs = (await this.gateway.time()) + TOLD_WITHIN_MS;
      const told: string[] = [];
      const first = await this.take(keys, id, 1);
      if (first === undefined) return;
      for (let from = 1, part = first.events; part.length > 0; from += MOST_EVENTS) {
        // Their order says which part is which, whoever tells it.
        told.push(`${first.id}.${from}`);
        await this.append({
          tenant,
          stream: AUDIT_STREAM,
          id: `${first.id}.${from}`,
          events: part,
          notAfterMs,
        });
        if (part.length < MOST_EVENTS) break;
        const next = await this.take(keys, id, from + MOST_EVENTS);
        // Unless somebody else has told all of it meanwhile, and more has been taken.
        part = next?.id === first.id ? next.events : [];
      }
      left = await this.scripts.run(settleAuditScript, { keys, args: { id: first.id }, repeatable: true });
      for (const each of told) {
        await followUp('let go of what was told', () =>
          this.trail.forget({ tenant, stream: AUDIT_STREAM, id: each }),
        );
      }
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped.abort();
    await this.telling;
  }

  private take(keys: { readonly audit: string; readonly taken: string }, id: string, from: number) {
    return this.scripts.run(takeAuditScript, {
      keys,
      args: { id, from, to: from + MOST_EVENTS - 1 },
      repeatable: true,
    });
  }

  private async tellWaiting(): Promise<void> {
    const { signal } = this.stopped;
    while (this.waiting.size > 0) {
      // Whoever stops tells what there is without waiting.
      if (!signal.aborted) await pause(GATHER_MS, undefined, { signal }).catch(() => undefined);
      const some = [...this.waiting].slice(0, BUCKETS_AT_ONCE);
      for (const [name] of some) this.waiting.delete(name);
      await Promise.all(some.map(([, { tenant, bucket }]) => this.tellOrLeave(tenant, bucket)));
    }
    this.telling = undefined;
  }

  /** What the stream will never take (by a schema that somebody gave it, say) is in the log, and nothing waits for it. */
  private async append(events: AuditEvents): Promise<void> {
    try {
      await this.trail.append(events);
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'unavailable') throw error;
      log.error({
        event: 'sessions.audit.failure',
        tenant: events.tenant,
        code: error.code,
        count: events.events.length,
        err: error,
      });
    }
  }
}
