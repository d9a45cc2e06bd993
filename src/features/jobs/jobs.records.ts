import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { JobsKeys } from './jobs.keys.js';
import { registerTenantScript, retireTenantScript } from './jobs.scripts.js';
import { type StoredSchedule, storedSchedule } from './jobs.stored-job.js';

/** Stands before the id in the record of a keyed request once its job was certainly created. */
const MADE = '+';
const PINNED = '-';

const RETIRE_AFTER_MS = 3_600_000;

/** What a keyed request has come to. */
export interface Pinned {
  readonly id: string;
  /** Whether the job was created, so that it must not be again even if it is gone. */
  readonly isMade: boolean;
  /** Whether an earlier request with the key was bound. */
  readonly stood: boolean;
}

/** What is known of jobs besides the queue: who has one, schedules, and what keyed requests did. */
@Injectable()
export class JobRecords {
  private listener: ((tenant: string) => void) | undefined;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: JobsKeys,
  ) {}

  /** Tenants that have jobs, or had some a while ago. */
  async tenants(): Promise<string[]> {
    return await this.gateway.execute((client) => client.zrange(this.keys.tenants(), 0, -1), {
      repeatable: true,
    });
  }

  /** Calls `listener` with each tenant that is registered by this process, which need not wait until it is looked for. */
  onRegistered(listener: (tenant: string) => void): void {
    this.listener = listener;
  }

  /**
   * Before each of the tenant's jobs: whatever becomes of this process, a worker looks for it. Both are in one slot, so that a
   * Redis that loses what was written last loses the job with its registration, and never that alone.
   */
  async register(tenant: string): Promise<void> {
    await this.scripts.run(registerTenantScript, {
      keys: { tenants: this.keys.tenants() },
      args: { tenant },
      repeatable: true,
    });
    this.listener?.(tenant);
  }

  /** After a look at which the tenant had no job: whoever relies on its registration to create one was here a while ago. */
  async retire(tenant: string): Promise<void> {
    await this.scripts.run(retireTenantScript, {
      keys: { tenants: this.keys.tenants() },
      args: { tenant, idleMs: RETIRE_AFTER_MS },
      repeatable: true,
    });
  }

  /**
   * Binds a keyed request to the id of its job before there is one: whoever repeats the request creates the same job.
   * Two requests with one key find the same id.
   */
  async pin(tenant: string, name: string, id: string, ttlMs: number): Promise<Pinned> {
    const key = this.keys.keyed(tenant, name);
    const standing = await this.gateway.execute(
      (client) => client.set(key, PINNED + id, 'PX', ttlMs, 'NX', 'GET'),
      { repeatable: true },
    );
    return {
      id: standing === null ? id : standing.slice(1),
      isMade: standing?.startsWith(MADE) ?? false,
      stood: standing !== null,
    };
  }

  /** To what a keyed request was bound; undefined if it was not. */
  async pinned(tenant: string, name: string): Promise<string | undefined> {
    const key = this.keys.keyed(tenant, name);
    const standing = await this.gateway.execute((client) => client.get(key), { repeatable: true });
    return standing?.slice(1);
  }

  /**
   * Notes that the job of a keyed request was created. Whoever runs or removes the job does so first: it may be gone before its
   * creator comes to it.
   */
  async made(tenant: string, name: string, id: string): Promise<void> {
    const key = this.keys.keyed(tenant, name);
    await this.gateway.execute((client) => client.set(key, MADE + id, 'KEEPTTL', 'XX'), { repeatable: true });
  }

  /**
   * The schedule of that id: `schedule`, unless there was one.
   * @param isNamed whether whoever asks again asks for the same id
   */
  async keepSchedule(
    tenant: string,
    id: string,
    schedule: StoredSchedule,
    isNamed: boolean,
  ): Promise<StoredSchedule> {
    const key = this.keys.schedules(tenant);
    const isNew = await this.gateway.execute(
      (client) => client.hsetnx(key, id, JSON.stringify(schedule)),
      // With an id that was made for this request, a second request is a second schedule; this one may still be sent again.
      { repeatable: isNamed, resend: true },
    );
    if (isNew === 1 || !isNamed) return schedule;
    return (await this.schedule(tenant, id)) ?? schedule;
  }

  /** How many schedules a tenant has. */
  async schedules(tenant: string): Promise<number> {
    const key = this.keys.schedules(tenant);
    return await this.gateway.execute((client) => client.hlen(key), { repeatable: true });
  }

  async schedule(tenant: string, id: string): Promise<StoredSchedule | undefined> {
    const key = this.keys.schedules(tenant);
    const json = await this.gateway.execute((client) => client.hget(key, id), { repeatable: true });
    return json === null ? undefined : storedSchedule(json);
  }

  /** From now on no run of the schedule begins. */
  async dropSchedule(tenant: string, id: string): Promise<void> {
    const key = this.keys.schedules(tenant);
    await this.gateway.execute((client) => client.hdel(key, id), { repeatable: true });
  }
}

/** Names the record of a keyed request: its key, and what was asked, so that none outlives the binding of the key by mistake. */
export function recordOf({ id, fingerprint }: IdempotentOperation): string {
  return hash('sha256', `${id}${fingerprint}`);
}
