import { expect } from 'vitest';
import type { Answer, ApiClient } from '../../support/api-client.js';

export const POLICIES = '/v1/rate-limits';

/** So slow that nothing comes back while a test runs. */
export const TEN = { capacity: 10, refillTokens: 1, refillIntervalMs: 3_600_000 };

interface Check {
  readonly policy?: string;
  readonly key: string;
  readonly cost?: number;
}

/** Requests on the buckets of the policy `ten`. */
export class TenBuckets {
  constructor(readonly client: ApiClient) {}

  consume(body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.client.post(`${POLICIES}/ten/consume`, body, headers);
  }

  consumeAll(checks: readonly Check[], headers: Record<string, string> = {}): Promise<Answer> {
    const named = checks.map((check) => ({ policy: 'ten', ...check }));
    return this.client.post(`${POLICIES}/consume`, { checks: named }, headers);
  }

  /** Tokens that a bucket still gives, one by one. */
  async drained(key: string): Promise<number> {
    for (let taken = 0; ; taken++) {
      const { status, body } = await this.consume({ key });
      expect(status).toBe(200);
      if (body.allowed === false) return taken;
    }
  }
}
