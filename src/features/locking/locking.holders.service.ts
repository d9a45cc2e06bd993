import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { LockNodes } from '../../redis/lock-nodes.js';
import { Operation } from '../../telemetry/operation.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { DEFAULT_LIMIT } from '../../transport/pagination/list-query.dto.js';
import { namesPage } from '../../transport/pagination/names-page.js';
import type { ResourcePage, ResourceView } from './dto/answers.dto.js';
import type { ListLocksQuery, ResourcePath } from './dto/lock.dto.js';
import { lockEndpoints } from './locking.endpoints.js';
import { LOCK_PLACE, notHeld, resourceOf } from './locking.errors.js';
import { NodeCalls } from './locking.node-calls.js';
import { Quorum } from './locking.quorum.js';
import type { PlaceNow } from './locking.scripts.js';

/** Shows who holds and who waits, and breaks what should not be held any more. */
@Injectable()
export class HoldersService {
  constructor(
    private readonly nodes: LockNodes,
    private readonly quorum: Quorum,
    private readonly calls: NodeCalls,
    private readonly cursors: Cursors,
  ) {}

  /** What is held or waited for, of that what the caller may read, by name. @throws AppError `locking.no-quorum` */
  @Operation(lockEndpoints.list.name, { show: ['prefix', 'limit'] })
  async list(
    caller: Caller,
    { prefix = '', cursor, limit = DEFAULT_LIMIT }: ListLocksQuery,
  ): Promise<ResourcePage> {
    const { tenant } = caller;
    const scope = ['locks', tenant, prefix];
    const all = await this.names(tenant, prefix);
    const { items, next } = await namesPage(this.cursors.decode(scope, cursor)?.[0], limit, {
      names: (after, count) => {
        const from = after === undefined ? 0 : all.findIndex((name) => name > after);
        return Promise.resolve(from < 0 ? [] : all.slice(from, from + count));
      },
      isVisible: (name) => caller.may(lockEndpoints.list.permission, name),
      find: async (name) => {
        const view = await this.read(tenant, name);
        return view.held || view.waiting > 0 ? view : undefined;
      },
    });
    return { items, next: next === undefined ? null : this.cursors.encode(scope, [next]) };
  }

  /** Who holds a resource and who waits for it, be it nobody. @throws AppError `locking.no-quorum` */
  @Operation(lockEndpoints.get.name, { show: ['resource'] })
  get({ tenant }: Caller, { resource }: ResourcePath): Promise<ResourceView> {
    return this.read(tenant, resource);
  }

  /** Ends the lock that holds a resource, with all its resources. @throws AppError `locking.not-held`, `locking.no-quorum` */
  @Operation(lockEndpoints.break.name, { show: ['resource'] })
  async break({ tenant }: Caller, { resource }: ResourcePath): Promise<void> {
    const ended = await this.quorum.askAll((node) => this.calls.break(node, tenant, LOCK_PLACE + resource));
    if (!ended.some((count) => count > 0)) throw notHeld(resource);
  }

  /** All names that begin with `prefix`, in order. */
  private async names(tenant: string, prefix: string): Promise<readonly string[]> {
    const found = await this.quorum.askAll((node) => this.calls.list(node, tenant, LOCK_PLACE + prefix));
    const names = new Set(found.flatMap((places) => [...places].map(resourceOf)));
    return [...names].sort((a, b) => (a < b ? -1 : 1));
  }

  private async read(tenant: string, resource: string): Promise<ResourceView> {
    const answers = await this.quorum.askAll((node) => this.calls.read(node, tenant, LOCK_PLACE + resource));
    return this.view(resource, answers);
  }

  /** What a majority says, or may say, of who has it; and the longest of the lines. */
  private view(resource: string, answers: readonly PlaceNow[]): ResourceView {
    const all = answers.flatMap(({ grants }) => grants);
    // A node that did not answer may be the one that makes it a majority.
    const enough = this.nodes.majority - (this.nodes.all.length - answers.length);
    const grants = all.filter(({ id }) => all.filter((other) => other.id === id).length >= enough);
    const [holder] = grants.toSorted((a, b) => b.token - a.token);
    const least = Math.min(...grants.map(({ leftMs }) => leftMs));
    const longest = answers.reduce((a, b) => (b.waiting > a.waiting ? b : a));
    return {
      resource,
      held: holder !== undefined,
      owner: holder?.owner || null,
      metadata: holder?.metadata ? (JSON.parse(holder.metadata) as Record<string, unknown>) : null,
      fencingToken: holder?.token ?? null,
      acquiredAt: holder ? new Date(holder.sinceMs).toISOString() : null,
      expiresAt: holder ? new Date(Date.now() + least).toISOString() : null,
      waiting: longest.waiting,
      waiters: longest.line.map(({ owner, sinceMs }) => ({
        owner: owner === '' ? null : owner,
        waitingSince: new Date(sinceMs).toISOString(),
      })),
    };
  }
}
