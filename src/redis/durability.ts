import calculateSlot from 'cluster-key-slot';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { documentKeys, Keyspace, SYSTEM } from './keyspace.js';
import type { RedisClient } from './redis-client.js';
import { COMMANDS_CLIENT } from './redis-clients.js';
import { ReplicatedServer, runOf } from './replicated-server.js';

/** Most replicas that can be asked for. */
export const MOST_REPLICAS = 5;

documentKeys('durability', {
  mark: {
    type: 'string',
    ttl: '10 s',
    holds:
      'how many replicas a write asked for; written after it, so that those that have this have the write too',
  },
});

/** The connections to the masters as they were before something was written, each with how often it had closed. */
export type BeforeWrites = ReadonlyMap<Redis, number>;

/**
 * Says how many replicas have what was written. The promise is no more than that of WAIT: a write that so many replicas have is
 * lost only if all of them are, or one that lacks it becomes the master.
 */
@Injectable()
export class Durability implements OnModuleDestroy {
  private readonly closes = new WeakMap<Redis, number>();
  /** The process at the other end of a connection, as long as it does not close. */
  private readonly runs = new WeakMap<Redis, { readonly closes: number; readonly run: string }>();
  private readonly servers = new Map<Redis, ReplicatedServer>();
  private readonly waitMs: number;

  constructor(
    @Inject(COMMANDS_CLIENT) private readonly client: RedisClient,
    private readonly keyspace: Keyspace,
    @Inject(SETTINGS) settings: Settings,
  ) {
    // Half of what Redis has for an operation: a question may have to wait for another one's end.
    this.waitMs = Math.floor(settings.REDIS_TIMEOUT_MS / 2);
  }

  /** To be called before the first write. */
  begin(): BeforeWrites {
    return new Map(this.masters().map((master) => [master, this.closesOf(master)]));
  }

  /**
   * How many replicas, `wanted` at the most of interest, have all that was written since `begin`: of the least replicated master where
   * there are several, any of which may have been written to. 0 if it cannot be known, because a connection was lost since or a
   * cluster has other masters now.
   */
  async reached(wanted: number, before: BeforeWrites): Promise<number> {
    const counts = await Promise.all(
      [...before].map(async ([master, closes]) => await this.reachedOf(master, closes, wanted)),
    );
    const masters = this.masters();
    const isSame = masters.length === before.size && masters.every((master) => before.has(master));
    return isSame && counts.length > 0 ? Math.min(...counts) : 0;
  }

  onModuleDestroy(): void {
    for (const server of this.servers.values()) server.close();
    this.servers.clear();
  }

  private async reachedOf(master: Redis, closes: number, wanted: number): Promise<number> {
    try {
      // Over the connection that wrote: while it stands, this is who has the write.
      const known = this.runs.get(master);
      const run = known?.closes === closes ? known.run : runOf(await master.info('server'));
      if (this.closesOf(master) !== closes) return 0;
      this.runs.set(master, { closes, run });
      const reached = await this.serverOf(master).reached(wanted, run);
      return this.closesOf(master) === closes ? reached : 0;
    } catch {
      return 0;
    }
  }

  private masters(): readonly Redis[] {
    return 'nodes' in this.client ? this.client.nodes('master') : [this.client];
  }

  private closesOf(master: Redis): number {
    const known = this.closes.get(master);
    if (known !== undefined) return known;
    this.closes.set(master, 0);
    master.on('close', () => this.closes.set(master, (this.closes.get(master) ?? 0) + 1));
    return 0;
  }

  private serverOf(master: Redis): ReplicatedServer {
    let server = this.servers.get(master);
    if (server === undefined) {
      server = new ReplicatedServer(master, () => this.markOf(master), this.waitMs);
      this.servers.set(master, server);
      // A node that leaves a cluster does not come back as the same connection.
      master.once('end', () => {
        this.servers.get(master)?.close();
        this.servers.delete(master);
      });
    }
    return server;
  }

  /** A key in one of the slots that the master has. */
  private markOf(master: Redis): string | undefined {
    if (!('nodes' in this.client)) return this.mark(0);
    const { slots }: Cluster = this.client;
    const { host, port } = master.options;
    const address = `${host}:${port}`;
    const owned = slots.findIndex((nodes) => nodes?.[0] === address);
    if (owned === -1) return undefined;
    for (let at = 0; ; at++) {
      const key = this.mark(at);
      if (slots[calculateSlot(key)]?.[0] === address) return key;
    }
  }

  private mark(at: number): string {
    return this.keyspace.key(SYSTEM, 'durability', String(at), 'mark');
  }
}
