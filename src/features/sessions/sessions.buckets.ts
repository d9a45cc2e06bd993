import { Injectable } from '@nestjs/common';
import { NameIndex } from '../../redis/name-index.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { SessionKeys } from './sessions.keys.js';

const PAGE = 1000;

/** One of the buckets that hold a tenant's sessions. */
export interface Bucket {
  readonly tenant: string;
  readonly bucket: string;
}

/** The buckets that hold sessions, or have something to tell, of all tenants. */
@Injectable()
export class SessionBuckets {
  constructor(
    private readonly index: NameIndex,
    private readonly keys: SessionKeys,
    private readonly gateway: RedisGateway,
  ) {}

  /**
   * What `work` gives, which puts a session into a bucket only if that is listed: what nobody lists is not swept, and its events
   * are not told.
   * @param work gives `{outcome: 'unlisted'}` if it has to be listed before
   */
  async listed<Result extends { readonly outcome: string }>(
    { tenant, bucket }: Bucket,
    work: (listed: '0' | '1') => Promise<Result>,
  ): Promise<Exclude<Result, { readonly outcome: 'unlisted' }>> {
    let result = await work('0');
    if (result.outcome === 'unlisted') {
      const name = `${tenant}/${bucket}`;
      await this.gateway.execute((client) => client.zadd(this.keys.buckets(), 0, name), { repeatable: true });
      result = await work('1');
    }
    return result as Exclude<Result, { readonly outcome: 'unlisted' }>;
  }

  async *all(): AsyncGenerator<Bucket> {
    for (let after: string | undefined, isLast = false; !isLast;) {
      const names = await this.index.names(this.keys.buckets(), after, PAGE);
      for (const name of names) {
        const [tenant = '', bucket = ''] = name.split('/');
        yield { tenant, bucket };
      }
      after = names.at(-1);
      isLast = names.length < PAGE;
    }
  }

  /** There is nothing left of a bucket. */
  async remove({ tenant, bucket }: Bucket): Promise<void> {
    await this.index.remove(this.keys.listed(tenant, bucket));
  }
}
