import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { SessionClient, SESSIONS, sessionsOf } from '../e2e/sessions/sessions.js';
import type { ApiClient } from '../support/api-client.js';

const FIELDS = ['h', 'b', 's'] as const;
export type Part = (typeof FIELDS)[number] | 'live';
export const PARTS: readonly Part[] = [...FIELDS, 'live'];

/** What Redis holds of a session. */
export type Stored = Readonly<Record<Part, Buffer>>;

/** A session that is changed behind the service's back. */
export class Victim {
  client: SessionClient;
  /** What it is to show, from the last time that it was written as it should be. */
  private view: unknown;
  /** Answers that refused it. */
  refusals = 0;

  constructor(
    private readonly api: ApiClient,
    private readonly redis: Redis,
    readonly userId: string,
    readonly id: string,
    token: string,
    data: object,
  ) {
    this.client = new SessionClient(api, token);
    this.view = { data, version: 1 };
  }

  static async begin(api: ApiClient, redis: Redis, userId: string, data: object): Promise<Victim> {
    const { status, body } = await api.post(SESSIONS, { userId, data, device: `device of ${userId}` });
    expect(status).toBe(201);
    const { token, session } = body as { token: string; session: { sessionId: string } };
    return new Victim(api, redis, userId, session.sessionId, token, data);
  }

  async patch(patch: object): Promise<void> {
    const { status, body } = await this.client.patch(patch);
    expect(status).toBe(200);
    this.view = { data: body.data, version: body.version };
  }

  async rotate(): Promise<void> {
    const { status, body } = await this.client.rotate();
    expect(status).toBe(200);
    this.client = new SessionClient(this.api, body.token);
    this.view = { data: body.session.data, version: body.session.version };
  }

  get hash(): string {
    return this.key(`sessions:${this.id.slice(2, 18)}`);
  }

  async stored(): Promise<Stored> {
    const [h, b, s] = await this.redis.hmgetBuffer(this.hash, ...FIELDS.map((field) => this.field(field)));
    const live = await this.redis.hgetBuffer(this.key('live'), this.id.slice(2));
    if (!h || !b || !s || !live) throw new Error(`${this.id} is not all there`);
    return { h, b, s, live };
  }

  async put(stored: Partial<Stored>): Promise<void> {
    for (const part of PARTS) {
      const value = stored[part];
      if (value === undefined) continue;
      if (part === 'live') await this.redis.hset(this.key('live'), this.id.slice(2), value);
      else await this.redis.hset(this.hash, this.field(part), value);
    }
  }

  async takeOut(part: Part): Promise<void> {
    if (part === 'live') await this.redis.hdel(this.key('live'), this.id.slice(2));
    else await this.redis.hdel(this.hash, this.field(part));
  }

  /** Whether it is shown as it should be. */
  async isShown(): Promise<boolean> {
    const { status, body } = await this.client.read();
    return (
      status === 200 &&
      JSON.stringify({ data: body.data, version: body.version }) === JSON.stringify(this.view)
    );
  }

  /** What GET and PATCH give away, or do, that they should refuse; a line for each. */
  async wrongAnswers(label: string): Promise<string[]> {
    const before = await this.stored();
    const answers = { GET: await this.client.read(), PATCH: await this.client.patch({ patched: label }) };
    const wrong: string[] = [];
    for (const [method, { status, body }] of Object.entries(answers)) {
      const isRefused = status === 401 && /^sessions\.(?:refused|invalid-token)$/.test(String(body.code));
      if (isRefused) this.refusals++;
      else wrong.push(`${method} with ${label}: ${status} ${JSON.stringify(body.data ?? body)}`);
    }
    // That it was seen may be written by GET before the service looks at what was read.
    const after = await this.stored();
    for (const part of ['h', 'b', 'live'] as const)
      if (!before[part].equals(after[part])) wrong.push(`${label}: ${part} was written`);
    return wrong;
  }

  /** Ids in the list of its user. */
  async listed(): Promise<string[]> {
    const { status, body } = await this.api.get(sessionsOf(this.userId));
    if (status !== 200) throw new Error(`the list answers ${status}: ${JSON.stringify(body)}`);
    return (body.items as { sessionId: string }[]).map(({ sessionId }) => sessionId);
  }

  private field(name: string): string {
    return this.id.slice(18) + name;
  }

  private key(part: string): string {
    return `fulcrum:default:{sessions:${this.id.slice(0, 2)}}:${part}`;
  }
}
