import type { Answer, ApiClient } from '../support/api-client.js';

/** Longer than an outage lasts, and what follows it. */
export const TTL_MS = 20_000;

/** Requests, how long each of them took, and which of their answers are wrong. */
export class Requests {
  sent = 0;
  slowestMs = 0;
  readonly wrong: string[] = [];

  constructor(
    private readonly client: ApiClient,
    private readonly when: string,
  ) {}

  acquire(
    resource: string,
    expected: readonly number[],
    limitMs: number,
    more: object = {},
  ): Promise<Answer> {
    return this.send(`acquire ${JSON.stringify(more)}`, expected, limitMs, () =>
      this.client.post('/v1/locks', { resources: [resource], ttlMs: TTL_MS, ...more }),
    );
  }

  extend(lock: Answer, expected: readonly number[], limitMs: number): Promise<Answer> {
    return this.send('extend', expected, limitMs, () =>
      this.client.post(`/v1/locks/${lock.body.lockId}/extend`, { ttlMs: TTL_MS }),
    );
  }

  release(lock: Answer, expected: readonly number[], limitMs: number): Promise<Answer> {
    return this.send('release', expected, limitMs, () => this.client.delete(`/v1/locks/${lock.body.lockId}`));
  }

  get(path: string, expected: readonly number[], limitMs: number): Promise<Answer> {
    return this.send(`get ${path}`, expected, limitMs, () => this.client.get(`/v1/locks${path}`));
  }

  /** Something else that took its time. */
  note(what: string, tookMs: number, limitMs: number): void {
    if (tookMs > limitMs) this.wrong.push(`${this.when}: ${what} in ${Math.round(tookMs)} ms`);
  }

  private async send(
    what: string,
    expected: readonly number[],
    limitMs: number,
    request: () => Promise<Answer>,
  ): Promise<Answer> {
    const began = performance.now();
    const answer = await request();
    const tookMs = performance.now() - began;
    this.sent++;
    this.slowestMs = Math.max(this.slowestMs, tookMs);
    const told = `${this.when}: ${what} ${answer.status} ${answer.body.code ?? ''} in ${Math.round(tookMs)} ms`;
    if (!expected.includes(answer.status) || tookMs > limitMs) this.wrong.push(told);
    return answer;
  }
}
