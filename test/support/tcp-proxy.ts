import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { RespScanner, wordsOf } from './resp.js';

/** A loss that is to come: of the reply to the command before which `isTarget` was true `after` times. */
export interface Loss {
  readonly isTarget: (words: readonly string[]) => boolean;
  readonly after: number;
  /** Refuse connections from the loss on, until `accept`. */
  readonly outage?: boolean;
  /** Let this one reply through and lose the connection right after it. */
  readonly afterReply?: boolean;
}

/** What Redis executed and what its answer did not reach the service for. */
export interface LostReply {
  readonly words: readonly string[];
}

interface Sent {
  readonly words: readonly string[];
  /** The loss that begins with this command. */
  readonly loss: Loss | undefined;
}

/** Commands after which a connection carries messages that answer no request. */
const SUBSCRIBING = new Set(['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'MONITOR']);

/**
 * Stands between a service and its Redis and loses replies: the command passes, Redis executes it and answers,
 * the answer is dropped and both connections are destroyed.
 */
export class RedisProxy {
  /** Every reply that was dropped so far. */
  readonly lost: LostReply[] = [];
  /** Connections that were accepted so far. */
  accepted = 0;
  /** Connections that were refused so far. */
  refused = 0;
  private readonly sockets = new Set<Socket>();
  private armed: { readonly loss: Loss; left: number } | undefined;
  private refusing = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    /** Where the service finds Redis, with the target's credentials. */
    readonly url: string,
  ) {
    server.on('connection', (socket) => this.take(socket));
  }

  static async start(targetUrl: string): Promise<RedisProxy> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(targetUrl);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    return new RedisProxy(server, new URL(targetUrl), url.href);
  }

  /** Arms one loss; an earlier one that has not happened is forgotten. */
  lose(loss: Loss): void {
    this.armed = { loss, left: loss.after };
  }

  /** Forgets a loss that has not happened, and takes connections again. */
  accept(): void {
    this.armed = undefined;
    this.refusing = false;
  }

  /** Destroys every connection and refuses new ones until `accept`. */
  refuse(): void {
    this.refusing = true;
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.refuse();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(client: Socket): void {
    client.on('error', () => undefined);
    if (this.refusing) {
      this.refused++;
      client.destroy();
      return;
    }
    this.accepted++;
    const redis = connect(Number(this.target.port), this.target.hostname);
    redis.on('error', () => undefined);
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    this.relay(client, redis);
  }

  private relay(client: Socket, redis: Socket): void {
    const requests = new RespScanner();
    const replies = new RespScanner();
    const sent: Sent[] = [];
    let isSubscriber = false;
    let isLosing = false;
    client.on('data', (chunk) => {
      for (const request of requests.push(chunk)) {
        const words = wordsOf(request);
        if (SUBSCRIBING.has(words[0]?.toUpperCase() ?? '')) isSubscriber = true;
        const loss = isSubscriber ? undefined : this.due(words);
        if (loss) client.pause();
        sent.push({ words, loss });
        redis.write(request);
      }
    });
    redis.on('data', (chunk) => {
      if (isSubscriber) {
        client.write(chunk);
        return;
      }
      for (const reply of replies.push(chunk)) {
        const answered = sent.shift();
        const isDelivered = !isLosing && (answered?.loss === undefined || answered.loss.afterReply === true);
        isLosing ||= answered?.loss !== undefined;
        if (isDelivered) client.write(reply);
        else if (answered) this.lost.push({ words: answered.words });
      }
      // What was sent along with the lost command is executed too: its answers are awaited, and lost as well.
      if (isLosing && sent.length === 0) client.destroySoon();
    });
  }

  private due(words: readonly string[]): Loss | undefined {
    if (!this.armed?.loss.isTarget(words)) return undefined;
    if (this.armed.left-- > 0) return undefined;
    const { loss } = this.armed;
    this.refusing ||= loss.outage ?? false;
    this.armed = undefined;
    return loss;
  }
}
