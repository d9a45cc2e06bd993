import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, ApiClient } from '../support/api-client.js';
import type { Random } from '../support/random.js';
import { ADMIN_KEY } from '../support/service.js';
import { SocketClient } from '../support/socket-client.js';
import type { Truth } from './messaging-truth.js';

const BETWEEN_SENDS_MS = 20;
const MOST_AT_ONCE = 10;
const WAYS = ['message', 'batch', 'socket'] as const;

interface Draft {
  readonly n: number;
  readonly channel: string;
}

interface PublisherOptions {
  readonly truth: Truth;
  readonly random: Random;
  /** Each is as likely as the others. */
  readonly channels: readonly [string, ...string[]];
  /** The nodes as they are reached now. */
  readonly nodes: () => readonly [ApiClient, ...ApiClient[]];
  /** How the messages are published; every way if left out. */
  readonly ways?: readonly ('message' | 'batch' | 'socket')[];
}

/** Publishes in every way that there is: each message with a key, and again until it is acknowledged. */
export class Publisher {
  private socket: SocketClient | undefined;

  constructor(private readonly options: PublisherOptions) {}

  /** Publishes until as many messages of all publishers as `wanted` says are acknowledged. */
  async publishUntil(wanted: () => number, isOver: () => boolean): Promise<void> {
    const { truth, random, ways = WAYS } = this.options;
    try {
      while (!isOver()) {
        if (truth.acknowledged >= wanted()) await pause(5);
        else await this.publish(ways[random.below(ways.length)] ?? 'message', this.drafts());
      }
    } finally {
      this.socket?.close();
    }
  }

  /** One more message in `channel`. */
  async one(channel: string): Promise<void> {
    await this.publish('message', [{ n: this.options.truth.newNumber(), channel }]);
  }

  private drafts(): Draft[] {
    const { truth, random, channels } = this.options;
    return Array.from({ length: 1 + random.below(MOST_AT_ONCE) }, () => ({
      n: truth.newNumber(),
      channel: random.pick(channels),
    }));
  }

  private async publish(way: (typeof WAYS)[number], drafts: readonly Draft[]): Promise<void> {
    if (way === 'batch') await this.batch(drafts);
    else if (way === 'socket') await this.frames(drafts);
    else for (const draft of drafts) await this.single(draft);
  }

  private async single({ n, channel }: Draft): Promise<void> {
    const { body } = await this.answered((node) =>
      node.post(`/v1/channels/${channel}/messages`, { data: n }, { 'idempotency-key': `${channel}-${n}` }),
    );
    this.options.truth.acknowledge(n, channel, String(body.id));
  }

  private async batch(drafts: readonly Draft[]): Promise<void> {
    const messages = drafts.map(({ n, channel }) => ({ channel, data: n }));
    const headers = { 'idempotency-key': `${drafts[0]?.channel}-${drafts[0]?.n}` };
    for (;;) {
      const { body } = await this.answered((node) => node.post('/v1/messages/batch', { messages }, headers));
      const results = body.results as { status: number; id?: string }[];
      if (results.every(({ status }) => status === 201)) {
        for (const [at, { n, channel }] of drafts.entries()) {
          this.options.truth.acknowledge(n, channel, results[at]?.id ?? '');
        }
        return;
      }
      const bad = results.find(({ status }) => status !== 201 && status !== 503);
      if (bad) throw new Error(JSON.stringify(bad));
      await pause(BETWEEN_SENDS_MS);
    }
  }

  /** What is not answered is sent again, on another socket. */
  private async frames(drafts: readonly Draft[]): Promise<void> {
    const left = new Map(drafts.map((draft) => [draft.n, draft]));
    while (left.size > 0) {
      const socket = await this.openSocket();
      if (socket === undefined) continue;
      for (const { n, channel } of left.values()) {
        socket.send({ type: 'publish', channel, data: n, key: `${channel}-${n}`, ref: n });
      }
      let awaited = left.size;
      while (awaited > 0 && socket.closed === undefined) {
        await pause(1);
        for (const { type, ref, id, problem } of socket.frames.splice(0)) {
          const draft = left.get(Number(ref));
          if (draft === undefined) continue;
          awaited -= 1;
          if (type === 'published') {
            left.delete(draft.n);
            this.options.truth.acknowledge(draft.n, draft.channel, String(id));
          } else if (problem?.status !== 503) throw new Error(JSON.stringify(problem));
        }
      }
      if (left.size > 0) await pause(BETWEEN_SENDS_MS);
    }
  }

  private async openSocket(): Promise<SocketClient | undefined> {
    if (this.socket?.closed === undefined && this.socket !== undefined) return this.socket;
    this.socket = await SocketClient.open(this.node().url, ADMIN_KEY).catch(() => undefined);
    if (this.socket === undefined) await pause(BETWEEN_SENDS_MS);
    return this.socket;
  }

  /** Asks one node after the other until one has done it. */
  private async answered(ask: (node: ApiClient) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const answer = await ask(this.node()).catch(() => undefined);
      if (answer?.status === 200 || answer?.status === 201) return answer;
      if (answer && answer.status !== 503) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      await pause(BETWEEN_SENDS_MS);
    }
  }

  private node(): ApiClient {
    const [first, ...others] = this.options.nodes();
    return this.options.random.pick([first, ...others]);
  }
}
