import { randomBytes } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { LockNodes } from '../../redis/lock-nodes.js';
import { NodeCalls } from './locking.node-calls.js';
import { WaitingRoom } from './locking.waiting-room.js';

/** How long a room without waiters stays open, so that the next one need not subscribe. */
const LINGER_MS = 10_000;

/** The waiting rooms of this process, one a tenant. */
@Injectable()
export class WaitingRooms implements BeforeApplicationShutdown {
  /** Tells this process from all others, and from what it was before a restart. */
  readonly processId = randomBytes(9).toString('base64url');
  closing = false;
  private readonly rooms = new Map<string, WaitingRoom>();
  private readonly lingering = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly nodes: LockNodes,
    private readonly calls: NodeCalls,
  ) {
    for (const { subscriptions } of nodes.all) {
      subscriptions.onRestored(() => {
        for (const room of this.rooms.values()) room.lookIn(0);
      });
    }
  }

  of(tenant: string): WaitingRoom {
    clearTimeout(this.lingering.get(tenant));
    this.lingering.delete(tenant);
    const standing = this.rooms.get(tenant);
    if (standing) return standing;
    const room = new WaitingRoom(this.nodes, this.calls, this.processId, tenant, () => this.linger(tenant));
    this.rooms.set(tenant, room);
    return room;
  }

  /** Everybody who waits is told, and finds that nobody waits here any more. */
  beforeApplicationShutdown(): void {
    this.closing = true;
    for (const timer of this.lingering.values()) clearTimeout(timer);
    for (const room of this.rooms.values()) {
      room.wakeAll();
      room.close();
    }
  }

  private linger(tenant: string): void {
    if (this.closing) return;
    clearTimeout(this.lingering.get(tenant));
    this.lingering.set(
      tenant,
      setTimeout(() => {
        const room = this.rooms.get(tenant);
        if (!room?.isEmpty) return;
        this.rooms.delete(tenant);
        this.lingering.delete(tenant);
        room.close();
      }, LINGER_MS),
    );
  }
}
