import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { AuditTrail } from '../../effects/audit-trail.js';
import { AppError } from '../../errors/app-error.js';
import { followUp } from '../../redis/follow-up.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { describeError, log } from '../../telemetry/log.js';
import { SessionKeys } from './sessions.keys.js';
import { settleAuditScript, takeAuditScript } from './sessions.scripts.js';

export const AUDIT_STREAM = 'audit.sessions';
/** Events wait for others of their bucket, which are told together. */
const GATHER_MS = 100;
const MOST_EVENTS = 500;

/** The members of an audit event that say who did it and to whose session. */
export function whoIn(caller: Caller, userId: string | undefined): string {
  const members = JSON.stringify({ userId, actor: caller.actor, requestId: caller.requestId });
  return members.slice(1, -1);
}

/**
 * Tells the audit stream what becomes of sessions. Each event is written down by the script that does what it tells, and told
 * from there: once, because what is taken to be told stays one operation of the stream, whoever goes on with it.
 */
@Injectable()
export class SessionAudit implements OnModuleDestroy {
  private readonly telling = new Map<string, Promise<void>>();
  private readonly stopped = new AbortController();

  constructor(
    private readonly trail: AuditTrail,
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: SessionKeys,
  ) {}

  /** There are events in the bucket. What fails here is made up for by the next sweep. */
  soon(tenant: string, bucket: string): void {
    const name = `${tenant}/${bucket}`;
    if (this.telling.has(name)) return;
    this.telling.set(name, this.tellSoon(tenant, bucket, name));
  }

  /** A session was not what was stored, and refused. */
  async refusal(caller: Caller, bucket: string, sessionId: string): Promise<void> {
    const { audit } = this.keys.bucket(caller.tenant, bucket);
    const at = Date.now();
    const event = `{"event":"refused","sessionId":"${sessionId}","at":${at},"reason":"changed",${whoIn(caller, undefined)}}`;
    log.error({ event: 'sessions.refused', tenant: caller.tenant, sessionId, requestId: caller.requestId });
    await followUp('audit a refusal', () =>
      this.gateway.execute((client) => client.rpush(audit, event), { repeatable: true, resend: false }),
    );
    this.soon(caller.tenant, bucket);
  }

  /** Tells all that waits in the bucket. */
  async tell(tenant: string, bucket: string): Promise<void> {
    const { audit, taken } = this.keys.bucket(tenant, bucket);
    for (let left = 1; left > 0;) {
      const events = await this.scripts.run(takeAuditScript, {
        keys: { audit, taken },
        args: { id: randomUUID(), most: MOST_EVENTS },
        repeatable: true,
      });
      if (events === undefined) return;
      await this.append(tenant, events.id, events.events.map(asEvent));
      left = await this.scripts.run(settleAuditScript, {
        keys: { audit, taken },
        args: { id: events.id },
        repeatable: true,
      });
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.telling.values());
  }

  private async tellSoon(tenant: string, bucket: string, name: string): Promise<void> {
    // Whoever stops tells what there is without waiting.
    await pause(GATHER_MS, undefined, { signal: this.stopped.signal, ref: false }).catch(() => undefined);
    // At once, so that an event of a moment later asks again.
    this.telling.delete(name);
    try {
      await this.tell(tenant, bucket);
    } catch (error) {
      log.warn(
        { event: 'sessions.audit.late', tenant, err: describeError(error) },
        'told with the next sweep',
      );
    }
  }

  /** What the stream will never take (by a schema that somebody gave it, say) is in the log, and nothing waits for it. */
  private async append(tenant: string, id: string, events: readonly object[]): Promise<void> {
    try {
      await this.trail.append({ tenant, stream: AUDIT_STREAM, id, events });
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'unavailable') throw error;
      log.error({
        event: 'sessions.audit.failure',
        tenant,
        code: error.code,
        count: events.length,
        err: error,
      });
    }
  }
}

/** An event as it is shown, with its instant in words. */
function asEvent(text: string): object {
  const event: unknown = JSON.parse(text);
  if (typeof event !== 'object' || event === null) throw new Error('an audit event is no object');
  return { ...event, at: new Date(Number(Reflect.get(event, 'at'))).toISOString() };
}
