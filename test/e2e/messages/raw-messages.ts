import { Redis } from 'ioredis';
import { waitUntil } from '../../support/wait-until.js';

/** Speaks Nest's Redis transport by hand, to send what its client would never send. */
export class RawMessages {
  private readonly subscriber: Redis;
  private readonly publisher: Redis;
  private readonly replies: string[] = [];

  constructor(redisUrl: string) {
    this.subscriber = new Redis(redisUrl);
    this.publisher = new Redis(redisUrl);
    this.subscriber.on('message', (_channel: string, text: string) => this.replies.push(text));
  }

  /** Publishes `text` as it is. @returns how many subscribers of that node got it */
  async publish(pattern: string, text: string): Promise<number> {
    await this.subscriber.subscribe(`${pattern}.reply`);
    return await this.publisher.publish(pattern, text);
  }

  /** The reply to the packet `id`: `{response}` or `{err}`. */
  async replyTo(id: string): Promise<Record<string, unknown>> {
    return await waitUntil(`a reply to ${id}`, () => this.repliesTo(id)[0]);
  }

  repliesTo(id: string): Record<string, unknown>[] {
    return this.replies
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .filter((reply) => reply.id === id);
  }

  close(): void {
    this.subscriber.disconnect();
    this.publisher.disconnect();
  }
}
