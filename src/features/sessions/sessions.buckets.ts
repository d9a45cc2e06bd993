import { Injectable } from '@nestjs/common';
import { NameIndex } from '../../redis/name-index.js';
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
  ) {}

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
