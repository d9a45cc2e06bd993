import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { newIncarnation } from '../../redis/incarnation.js';
import { asNumber, asRows, asText } from '../../redis/decode.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { RecurringWork } from '../../redis/recurring-work.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { MessagingKeys } from './messaging.keys.js';
import { beatScript } from './messaging.scripts.js';

const BEAT_MS = 1000;
/** A node that has not said for so long that it is there counts as gone. */
const NODE_TTL_MS = 3500;
const KEY_TTL_MS = 3_600_000;
const RENEW_MS = KEY_TTL_MS / 3;
/** Changes wait so long for others, so that a thousand clients who come at once are one write. */
const GATHER_MS = 20;
/** Channels whose presence is written at once. */
const WRITES_AT_ONCE = 500;
const READ_AT_ONCE = 1000;
/** All subscriptions of a node to the channel; no actor can be called so. */
const TOTAL = '';

interface Present {
  readonly tenant: string;
  readonly channel: string;
  /** Open subscriptions, by actor. */
  readonly actors: Map<string, number>;
  /** Actors whose number is not written yet. */
  readonly changed: Set<string>;
  writtenAt: number;
}

/**
 * Who is subscribed to what. Each node writes down what it has, under its own name, and every second that it is there;
 * what a node wrote that no longer says so counts for nobody.
 */
@Injectable()
export class Presence implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly node = newIncarnation();
  private readonly present = new Map<string, Present>();
  private readonly unwritten = new Set<string>();
  private gathering: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private readonly beats = new RecurringWork('messaging.presence.late', BEAT_MS, () => this.beat());

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: MessagingKeys,
  ) {}

  onApplicationBootstrap(): void {
    this.beats.start();
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.gathering);
    await this.beats.stop();
  }

  /** Counts a subscription until the returned function is called. */
  enter(tenant: string, channel: string, actor: string): () => void {
    this.change(tenant, channel, actor, 1);
    return () => this.change(tenant, channel, actor, -1);
  }

  /** Open subscriptions to a channel on all nodes, by actor. @throws AppError `redis.unavailable` */
  async of(tenant: string, channel: string): Promise<Map<string, number>> {
    await this.flush();
    const found = new Map<string, number>();
    for (const node of await this.nodes()) {
      const key = this.keys.presence(tenant, channel, node);
      let cursor = '0';
      do {
        const [next, fields] = await this.gateway.execute(
          (client) => client.hscan(key, cursor, 'COUNT', READ_AT_ONCE),
          { repeatable: true },
        );
        for (const [actor, count] of asRows(fields, 2)) {
          if (actor === TOTAL) continue;
          found.set(asText(actor), (found.get(asText(actor)) ?? 0) + asNumber(count));
        }
        cursor = next;
      } while (cursor !== '0');
    }
    return found;
  }

  /** How many there are together. @throws AppError `redis.unavailable` */
  async count(tenant: string, channel: string, nodes: readonly string[]): Promise<number> {
    const counts = await Promise.all(
      nodes.map((node) =>
        this.gateway.execute((client) => client.hget(this.keys.presence(tenant, channel, node), TOTAL), {
          repeatable: true,
        }),
      ),
    );
    return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
  }

  /** The nodes that are there. @throws AppError `redis.unavailable` */
  async nodes(): Promise<string[]> {
    return (await this.runBeat('')).nodes;
  }

  private async runBeat(node: string): Promise<{ isNew: boolean; nodes: string[] }> {
    return await this.scripts.run(beatScript, {
      keys: { nodes: this.keys.nodes() },
      args: { node, ttlMs: NODE_TTL_MS },
      repeatable: true,
    });
  }

  private change(tenant: string, channel: string, actor: string, by: 1 | -1): void {
    const id = `${tenant} ${channel}`;
    const present = this.present.get(id) ?? {
      tenant,
      channel,
      actors: new Map<string, number>(),
      changed: new Set<string>(),
      writtenAt: 0,
    };
    this.present.set(id, present);
    const count = (present.actors.get(actor) ?? 0) + by;
    if (count > 0) present.actors.set(actor, count);
    else present.actors.delete(actor);
    present.changed.add(actor);
    this.unwritten.add(id);
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      // What fails is written at the next beat.
      this.beat().catch(() => undefined);
    }, GATHER_MS);
  }

  private async beat(): Promise<void> {
    if (this.present.size === 0) return;
    const { isNew } = await this.runBeat(this.node);
    const now = performance.now();
    for (const [id, present] of this.present) {
      // What was written is lost with the Redis that does not know this node; or was there for long enough to expire.
      if (!isNew && now - present.writtenAt < RENEW_MS) continue;
      for (const actor of present.actors.keys()) present.changed.add(actor);
      this.unwritten.add(id);
    }
    await this.flush();
  }

  /** Writes what has changed; one after the other, so that the last word stands. */
  private async flush(): Promise<void> {
    if (this.unwritten.size > 0) this.flushing ??= this.writeChanges();
    await this.flushing;
  }

  private async writeChanges(): Promise<void> {
    try {
      while (this.unwritten.size > 0) {
        const ids = [...this.unwritten].slice(0, WRITES_AT_ONCE);
        await Promise.all(ids.map((id) => this.write(id)));
      }
    } finally {
      this.flushing = undefined;
    }
  }

  private async write(id: string): Promise<void> {
    const present = this.present.get(id);
    this.unwritten.delete(id);
    if (present === undefined) return;
    const names = [...present.changed];
    present.changed.clear();
    try {
      await this.store(present, names);
    } catch (error) {
      for (const name of names) present.changed.add(name);
      this.unwritten.add(id);
      throw error;
    }
    present.writtenAt = performance.now();
    if (present.actors.size === 0 && present.changed.size === 0) this.present.delete(id);
  }

  private async store({ tenant, channel, actors }: Present, names: readonly string[]): Promise<void> {
    const key = this.keys.presence(tenant, channel, this.node);
    let total = 0;
    for (const count of actors.values()) total += count;
    const counts = names.flatMap((name) => {
      const count = actors.get(name);
      return count === undefined ? [] : [name, count];
    });
    const gone = names.filter((name) => !actors.has(name));
    await this.gateway.execute(
      async (client) => {
        const written: Promise<unknown>[] =
          total === 0
            ? [client.unlink(key)]
            : [client.hset(key, TOTAL, total, ...counts), client.pexpire(key, KEY_TTL_MS)];
        if (total > 0 && gone.length > 0) written.push(client.hdel(key, ...gone));
        await Promise.all(written);
      },
      { repeatable: true },
    );
  }
}
