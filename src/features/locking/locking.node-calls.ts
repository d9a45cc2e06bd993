import { Injectable } from '@nestjs/common';
import type { LockNode } from '../../redis/lock-nodes.js';
import type { RedisClient } from '../../redis/redis-client.js';
import { log } from '../../telemetry/log.js';
import { LockingKeys } from './locking.keys.js';
import {
  acquireScript,
  beatScript,
  breakScript,
  extendScript,
  findScript,
  type PlaceNow,
  readScript,
  releaseScript,
  type Vote,
} from './locking.scripts.js';

/** What is asked for: all of the places, or none. */
export interface Wanted {
  readonly tenant: string;
  /** Whoever knows it may extend and release the grant. */
  readonly id: string;
  readonly places: readonly { readonly place: string; readonly permits: number }[];
  readonly ttlMs: number;
  /** '' for none. */
  readonly owner: string;
  /** JSON, or '' for none. */
  readonly metadata: string;
  /** Whether another request may have the same id: one with the same Idempotency-Key. */
  readonly isShared: boolean;
}

/** How a grant is asked for. */
export interface Approach {
  /** Place in the line: '' to stand in none, 0 for the next, else this one. */
  readonly ticket: number | '';
  readonly waitMs: number;
  /** Of a semaphore, the one to take; 0 for any. */
  readonly slot: number;
  readonly processId: string;
  /** Whether no other node has a say. */
  readonly isAlone: boolean;
}

/** What a release leaves alone. */
export interface Kept {
  /** The place in the line, or the grant. */
  readonly keep?: 'place' | 'grant';
  /** Where it was asked for, if another request may have the same id: what a majority granted that one, and its place elsewhere. */
  readonly process?: string;
}

/** Places that one step of a list looks at. */
const SCANNED = 500;

/** Everything that a single lock node is asked. @throws AppError as `RedisGateway.execute` */
@Injectable()
export class NodeCalls {
  constructor(private readonly keys: LockingKeys) {}

  acquire({ scripts }: LockNode, wanted: Wanted, approach: Approach): Promise<Vote> {
    const { tenant, id, ttlMs, owner, metadata, places } = wanted;
    const { ticket, waitMs, slot, processId, isAlone } = approach;
    const wants: (string | number)[] = [];
    for (const { place, permits } of places) wants.push(place, permits);
    return scripts.run(acquireScript, {
      keys: this.keys.tenant(tenant),
      args: {
        id,
        ttlMs,
        slot,
        ticket,
        waitMs,
        process: processId,
        confirmed: isAlone ? '1' : '',
        owner,
        metadata,
        topic: this.keys.topic(tenant),
      },
      rest: wants,
      // For the same id it is granted once.
      repeatable: true,
    });
  }

  /**
   * The grant's token, 0 where it was not heard of: one of each majority has; undefined if it is over. With `token`, what a
   * majority is about to give out.
   */
  extend(
    { scripts }: LockNode,
    tenant: string,
    id: string,
    ttlMs: number,
    token: number | '' = '',
  ): Promise<number | undefined> {
    return scripts.run(extendScript, {
      keys: this.keys.tenant(tenant),
      args: { id, ttlMs, token, topic: this.keys.topic(tenant) },
      repeatable: true,
    });
  }

  /** Ends a grant and the wait for one. Whether a grant was ended. */
  release({ scripts }: LockNode, tenant: string, id: string, { keep, process }: Kept = {}): Promise<boolean> {
    return scripts.run(releaseScript, {
      keys: this.keys.tenant(tenant),
      args: { id, keep: keep ?? '', process: process ?? '', topic: this.keys.topic(tenant) },
      // Repeated it would find nothing more to release, and say so.
      repeatable: true,
      resend: false,
    });
  }

  /** Takes back what an acquisition may have got; its place in a line stays. */
  undo(node: LockNode, { tenant, id, isShared }: Wanted, { ticket, processId }: Approach): Promise<boolean> {
    return this.release(node, tenant, id, {
      ...(ticket === '' ? {} : { keep: 'place' }),
      ...(isShared ? { process: processId } : {}),
    });
  }

  /** As `undo`, of a node that did not answer: it is not waited for a second time, and what it grants late ends with its time. */
  undoUnheard(node: LockNode, wanted: Wanted, approach: Approach): void {
    this.undo(node, wanted, approach).catch((err: unknown) => {
      log.debug({ event: 'locking.undo.late', err }, 'a grant ends with its time');
    });
  }

  /** How many grants were ended. */
  break({ scripts }: LockNode, tenant: string, place: string): Promise<number> {
    return scripts.run(breakScript, {
      keys: this.keys.tenant(tenant),
      args: { place, topic: this.keys.topic(tenant) },
      repeatable: true,
      resend: false,
    });
  }

  /** Says that a process lives, and asks for which of its waiters there may be something. */
  beat(
    { scripts }: LockNode,
    tenant: string,
    processId: string,
    ids: readonly string[],
  ): Promise<{ readonly soonestMs: number | undefined; readonly due: readonly string[] }> {
    return scripts.run(beatScript, {
      keys: this.keys.tenant(tenant),
      args: { process: processId, topic: this.keys.topic(tenant) },
      rest: ids,
      repeatable: true,
      resend: false,
    });
  }

  /** Calls `told` with the ids of a process' waiters when it may be their turn. */
  listen(
    { subscriptions }: LockNode,
    tenant: string,
    processId: string,
    told: (id: string) => void,
  ): Promise<() => void> {
    return subscriptions.listenSoon(this.keys.topic(tenant) + processId, told);
  }

  async read({ scripts }: LockNode, tenant: string, place: string): Promise<PlaceNow> {
    const [now] = await scripts.run(readScript, {
      keys: this.keys.tenant(tenant),
      args: {},
      rest: [place],
      repeatable: true,
    });
    if (now === undefined) throw new Error('a place was not read');
    return now;
  }

  /** The places that begin with `prefix` and are held or waited for, in no order: in steps, so that nobody waits for this. */
  async list({ gateway }: LockNode, tenant: string, prefix: string): Promise<Set<string>> {
    const { places, queue } = this.keys.tenant(tenant);
    const found = new Set<string>();
    const scan = async (step: (client: RedisClient, cursor: string) => Promise<[string, string[]]>) => {
      let cursor = '0';
      do {
        const [next, members] = await gateway.execute((client) => step(client, cursor), { repeatable: true });
        // The names are every second of what comes; what stands between them begins with no prefix.
        for (const member of members) {
          if (member.startsWith(prefix)) found.add(member.split(' ', 1)[0] ?? member);
        }
        cursor = next;
      } while (cursor !== '0');
    };
    const match = `${prefix}*`;
    await scan((client, cursor) => client.hscan(places, cursor, 'MATCH', match, 'COUNT', SCANNED));
    await scan((client, cursor) => client.zscan(queue, cursor, 'MATCH', match, 'COUNT', SCANNED));
    return found;
  }

  /** What a grant holds; empty if there is none. */
  find({ scripts }: LockNode, tenant: string, id: string): Promise<string[]> {
    return scripts.run(findScript, { keys: this.keys.tenant(tenant), args: { id }, repeatable: true });
  }
}
