import { randomUUID } from 'node:crypto';
import { type Answer, ApiClient } from '../support/api-client.js';
import type { Random } from '../support/random.js';
import { ADMIN_KEY } from '../support/service.js';

/** What a connection says when the service behind it goes. */
const CUT = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** A client of several services that asks each of them at most once, in turn, and sends what it repeats with one key. */
export class PatientClient {
  /** How often it had to repeat a request, by the reason. */
  readonly repeated = new Map<string, number>();
  /** Requests that no service answered. */
  readonly failed: string[] = [];
  /** Reasons that no stop explains. */
  readonly unexpected: string[] = [];

  constructor(
    private readonly urls: () => readonly string[],
    private readonly random: Random,
    private readonly isKeyed = true,
  ) {}

  /** `first` is the service that is asked first; a random one if left out. */
  async send(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
    first = this.random.below(this.urls().length),
  ): Promise<Answer | undefined> {
    const urls = this.urls();
    const own: Record<string, string> =
      this.isKeyed && method === 'POST' ? { 'idempotency-key': randomUUID() } : {};
    for (let tries = 0; tries < urls.length; tries++) {
      const client = new ApiClient(urls[(first + tries) % urls.length] ?? '', ADMIN_KEY);
      const answer = await client
        .send(method, path, body, { ...own, ...headers })
        .catch((error: unknown) => this.cut(error, `${method} ${path}`));
      if (answer === undefined) continue;
      if (answer.status !== 503) return answer;
      this.note(`503 ${answer.body.code}`);
    }
    this.failed.push(`${method} ${path}`);
    return undefined;
  }

  private cut(error: unknown, request: string): undefined {
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
    if (typeof code === 'string' && CUT.has(code)) this.note(code);
    else this.unexpected.push(`${request}: ${String(error)} ${String(cause)}`);
  }

  private note(reason: string): void {
    this.repeated.set(reason, (this.repeated.get(reason) ?? 0) + 1);
  }
}
