/** Whose share is used up. */
export type QuotaOwner = 'credential' | 'tenant';

/** What one credential has, within its tenant. */
interface Share {
  count: number;
  readonly release: () => void;
}

interface TenantShares {
  count: number;
  readonly shares: Map<string, Share>;
}

/** Counts what each credential and each tenant has in this process, and refuses what goes beyond `max`. */
export class Quota {
  private readonly tenants = new Map<string, TenantShares>();

  constructor(
    private readonly max: Readonly<Record<QuotaOwner, number>>,
    /** The error that refuses, for the owner whose share is used up and how much that is. */
    private readonly tooMany: (owner: QuotaOwner, max: number) => Error,
  ) {}

  /**
   * Counts one more.
   * @returns what gives it back, which is called once for each `take`: it is the same function for all of a credential's
   * @throws the error of `tooMany`
   */
  take(tenant: string, actor: string): () => void {
    this.check(tenant, actor, 1);
    const shares = this.tenants.get(tenant) ?? this.newTenant(tenant);
    const taken = shares.shares.get(actor) ?? this.newShare(tenant, shares, actor);
    shares.count += 1;
    taken.count += 1;
    return taken.release;
  }

  /** @throws the error of `tooMany` unless so many more can be taken */
  check(tenant: string, actor: string, count: number): void {
    const known = this.tenants.get(tenant);
    const own = known?.shares.get(actor)?.count ?? 0;
    if (own + count > this.max.credential) throw this.tooMany('credential', this.max.credential);
    if ((known?.count ?? 0) + count > this.max.tenant) throw this.tooMany('tenant', this.max.tenant);
  }

  /** What gives back one that was taken for these. @throws Error if they have none */
  releaseOf(tenant: string, actor: string): () => void {
    const share = this.tenants.get(tenant)?.shares.get(actor);
    if (share === undefined) throw new Error('nothing was taken that could be given back');
    return share.release;
  }

  private newTenant(tenant: string): TenantShares {
    const made: TenantShares = { count: 0, shares: new Map() };
    this.tenants.set(tenant, made);
    return made;
  }

  private newShare(tenant: string, shares: TenantShares, actor: string): Share {
    const made: Share = {
      count: 0,
      release: () => {
        made.count -= 1;
        shares.count -= 1;
        if (made.count === 0) shares.shares.delete(actor);
        if (shares.count === 0) this.tenants.delete(tenant);
      },
    };
    shares.shares.set(actor, made);
    return made;
  }
}
