import { Injectable } from '@nestjs/common';
import { type ResealTally, type SealedKind, SealedValues } from '../../encryption/sealed-values.js';
import { hashPages } from '../../redis/hash-pages.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { type Bucket, SessionBuckets } from './sessions.buckets.js';
import { SessionKeys } from './sessions.keys.js';
import { lookScript, resealScript, type StoredSession } from './sessions.scripts.js';
import { SessionVault } from './sessions.vault.js';

/** Members that are asked for at once. */
const PAGE = 500;
/** Sessions that one script looks at: at 64 KiB each, a reply of 2 MB at the most. */
const LOOKED_AT_ONCE = 32;
/** Scripts under way at the same time, so that the service's own requests are not kept waiting. */
const AT_ONCE = 8;
/** How often a session is read again that somebody wrote in between. */
const ATTEMPTS = 100;

/** Sessions of one owner. */
interface OwnersSessions {
  readonly tenant: string;
  readonly ids: readonly string[];
}

/** Puts the boxes of sessions under the newest key while the service serves them. */
@Injectable()
export class SessionResealing implements SealedKind {
  readonly what = 'sessions';

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: SessionKeys,
    private readonly buckets: SessionBuckets,
    private readonly vault: SessionVault,
    kinds: SealedValues,
  ) {
    kinds.register(this);
  }

  async count(): Promise<number> {
    let total = 0;
    for await (const { tenant, bucket } of this.buckets.all()) {
      const { live } = this.keys.bucket(tenant, bucket);
      total += await this.gateway.execute((client) => client.hlen(live), { repeatable: true });
    }
    return total;
  }

  async reseal(tally: ResealTally, signal: AbortSignal): Promise<void> {
    for await (const bucket of this.buckets.all()) {
      const { live } = this.keys.bucket(bucket.tenant, bucket.bucket);
      for await (const page of hashPages(this.gateway, live, PAGE)) {
        const work = this.byOwner(
          bucket,
          page.map(([member]) => member),
        );
        const next = async () => {
          for (let owners = work.shift(); owners && !signal.aborted; owners = work.shift()) {
            await this.resealOwners(owners, tally);
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, next));
        if (signal.aborted) return;
      }
    }
  }

  private async resealOwners({ tenant, ids }: OwnersSessions, tally: ResealTally): Promise<void> {
    const found = await this.look(tenant, ids);
    for (const [at, id] of ids.entries()) {
      tally.looked++;
      await this.resealOne(tenant, id, found[at], tally);
    }
  }

  private async resealOne(
    tenant: string,
    id: string,
    found: StoredSession | undefined,
    tally: ResealTally,
  ): Promise<void> {
    let stored = found;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // Nobody reads a session again that is over: it goes with the next sweep.
      if (stored === undefined || !this.vault.isStale(stored.box)) return;
      const sealed = this.vault.resealed(tenant, id, stored);
      if (sealed === undefined) {
        tally.addUnreadable(stored.box);
        return;
      }
      const isDone = await this.scripts.run(resealScript, {
        keys: this.keys.of(tenant, id),
        args: { id, box: stored.box, sealed },
        repeatable: true,
      });
      if (isDone) {
        tally.resealed++;
        return;
      }
      // Somebody wrote it: under an older key again, if it is a process that has no newer one.
      [stored] = await this.look(tenant, [id]);
    }
    tally.contended++;
  }

  /** What is stored of sessions of one owner. */
  private async look(tenant: string, ids: readonly string[]): Promise<(StoredSession | undefined)[]> {
    return await this.scripts.run(lookScript, {
      keys: this.keys.of(tenant, ids[0] ?? ''),
      args: {},
      rest: ids,
      repeatable: true,
    });
  }

  /** A script sees one owner; members are what follows the bucket in an id. */
  private byOwner({ tenant, bucket }: Bucket, members: readonly string[]): OwnersSessions[] {
    const owners = new Map<string, string[]>();
    for (const id of members.map((member) => bucket + member)) {
      const owner = this.keys.of(tenant, id).sessions;
      const ids = owners.get(owner);
      if (ids) ids.push(id);
      else owners.set(owner, [id]);
    }
    return [...owners.values()].flatMap((ids) =>
      Array.from({ length: Math.ceil(ids.length / LOOKED_AT_ONCE) }, (_, at) => ({
        tenant,
        ids: ids.slice(at * LOOKED_AT_ONCE, (at + 1) * LOOKED_AT_ONCE),
      })),
    );
  }
}
