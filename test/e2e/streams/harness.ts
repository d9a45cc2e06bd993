import type { Answer } from '../../support/api-client.js';
import type { TestService } from '../../support/service.js';

/** One field of each item of a list in an answer. */
export function pluck(items: unknown, field: string): unknown[] {
  if (!Array.isArray(items)) throw new Error(`no list: ${JSON.stringify(items)}`);
  return items.map((item: unknown) => Reflect.get(Object(item), field) as unknown);
}

/** The ids of what was received. */
export function idsOf(answer: Answer): string[] {
  return pluck(answer.body.entries, 'id').map(String);
}

/** One stream with one consumer group, as their clients see them. */
export class StreamUser {
  constructor(
    readonly node: TestService,
    readonly stream: string,
    readonly group = 'workers',
  ) {}

  get path(): string {
    return `/v1/streams/${this.stream}`;
  }

  get groupPath(): string {
    return `${this.path}/groups/${this.group}`;
  }

  /** The ids of `datas`, appended one by one. */
  async append(...datas: readonly unknown[]): Promise<string[]> {
    const ids: string[] = [];
    for (const data of datas) {
      const answer = await this.node.admin.post(`${this.path}/entries`, { data });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      ids.push(String(answer.body.id));
    }
    return ids;
  }

  configure(settings: object = {}): Promise<Answer> {
    return this.node.admin.put(this.groupPath, settings);
  }

  receive(consumer: string, more: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.node.admin.post(`${this.groupPath}/receive`, { consumer, ...more }, headers);
  }

  call(what: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.node.admin.post(`${this.groupPath}/${what}`, body, headers);
  }

  view(): Promise<Answer> {
    return this.node.admin.get(this.groupPath);
  }
}
