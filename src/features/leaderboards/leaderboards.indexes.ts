import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT } from '../../access/caller.js';
import { NameIndex, type NamePlace } from '../../redis/name-index.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { LeaderboardKeys } from './leaderboards.keys.js';

/** A board whose season should have ended. */
export interface DueBoard {
  readonly tenant: string;
  readonly board: string;
}

/**
 * Lists of boards, by tenant and by next reset. They live in slots of their own, so they follow the boards
 * and never lead: an entry without its board is passed over, and a board that is not listed yet says so at
 * its next write and is listed then.
 */
@Injectable()
export class LeaderboardIndexes {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly index: NameIndex,
    private readonly keys: LeaderboardKeys,
  ) {}

  async addBoard(tenant: string, board: string): Promise<void> {
    // First, so that no board is listed whose tenant is not.
    const tenants = this.keys.tenants();
    await this.gateway.execute((client) => client.sadd(tenants, tenant), { repeatable: true });
    await this.index.add(this.placeOf(tenant, board));
  }

  /** Every tenant that ever had a board; the default one in any case, whose boards may be older than the list. */
  async tenants(): Promise<string[]> {
    const tenants = this.keys.tenants();
    const listed = await this.gateway.execute((client) => client.smembers(tenants), { repeatable: true });
    return [...new Set([DEFAULT_TENANT, ...listed])].sort();
  }

  /** Up to `limit` names after `after`, in byte order. */
  async boards(tenant: string, after: string | undefined, limit: number): Promise<string[]> {
    return await this.index.names(this.keys.boards(tenant), after, limit);
  }

  async removeBoard(tenant: string, board: string): Promise<void> {
    await this.forgetReset(tenant, board);
    await this.index.remove(this.placeOf(tenant, board));
  }

  /**
   * As `scheduleReset`, but never puts off a reset that is listed earlier: the change of schedule may yet be
   * refused, and a board that comes up too early is only listed anew.
   */
  async expectReset(tenant: string, board: string, atMs: number): Promise<void> {
    await this.gateway.execute(
      (client) => client.zadd(this.keys.resets(), 'LT', atMs, memberOf(tenant, board)),
      { repeatable: true },
    );
  }

  async scheduleReset(tenant: string, board: string, atMs: number): Promise<void> {
    await this.gateway.execute((client) => client.zadd(this.keys.resets(), atMs, memberOf(tenant, board)), {
      repeatable: true,
    });
  }

  /** Takes a board without a reset off the list, unless it has got one since. */
  async forgetReset(tenant: string, board: string): Promise<void> {
    await this.gateway.execute((client) => client.zrem(this.keys.resets(), memberOf(tenant, board)), {
      repeatable: true,
    });
    const { info } = this.keys.live(tenant, board);
    const at = await this.gateway.execute((client) => client.hget(info, 'nextResetAt'), { repeatable: true });
    if (at !== null) await this.expectReset(tenant, board, Number(at));
  }

  /** Up to `limit` boards whose reset was due by `nowMs`. */
  async due(nowMs: number, limit: number): Promise<DueBoard[]> {
    const members = await this.gateway.execute(
      (client) => client.zrangebyscore(this.keys.resets(), '-inf', nowMs, 'LIMIT', 0, limit),
      { repeatable: true },
    );
    return members.map((member) => {
      const [tenant = '', board = ''] = member.split('/');
      return { tenant, board };
    });
  }

  private placeOf(tenant: string, board: string): NamePlace {
    return { index: this.keys.boards(tenant), info: this.keys.live(tenant, board).info, name: board };
  }
}

// Neither name can hold a slash.
function memberOf(tenant: string, board: string): string {
  return `${tenant}/${board}`;
}
