import { Injectable } from '@nestjs/common';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { Subscriptions } from '../../redis/subscriptions.js';
import { log } from '../../telemetry/log.js';
import { StreamsKeys } from './streams.keys.js';

/** A look at least this often, for changes whose announcement was lost with a connection. */
const SAFETY_MS = 2000;
const WATCH_TTL_MS = 10_000;

/** Is told that there may be something new: for one group, or for all and for tails (''). */
type Listener = (group: string) => void;

interface Watched {
  readonly tenant: string;
  readonly stream: string;
  readonly listeners: Set<Listener>;
  readonly subscribed: Promise<() => void>;
  readonly safety: NodeJS.Timeout;
}

/** Tells who waits on this node when a stream may have something for them: one subscription a stream, however many wait. */
@Injectable()
export class StreamWatches {
  private readonly watched = new Map<string, Watched>();

  constructor(
    private readonly gateway: RedisGateway,
    private readonly subscriptions: Subscriptions,
    private readonly keys: StreamsKeys,
  ) {}

  /**
   * Calls `listener` until the returned function is called; for the first time once what is appended from then on is
   * announced to this node, so that who looks at that moment misses nothing.
   */
  watch(tenant: string, stream: string, listener: Listener): () => void {
    const id = `${tenant}/${stream}`;
    const watched = this.watched.get(id) ?? this.begin(id, tenant, stream);
    watched.listeners.add(listener);
    this.join(watched)
      .then(() => listener(''))
      .catch((error: unknown) => report(error));
    return () => {
      if (watched.listeners.delete(listener) && watched.listeners.size === 0) this.end(id, watched);
    };
  }

  private begin(id: string, tenant: string, stream: string): Watched {
    const listeners = new Set<Listener>();
    const tell: Listener = (group) => {
      for (const listener of listeners) listener(group);
    };
    const watched: Watched = {
      tenant,
      stream,
      listeners,
      subscribed: this.subscriptions.listen(this.keys.changes(tenant, stream), tell),
      safety: setInterval(() => {
        this.announceWatch(watched).catch((error: unknown) => report(error));
        tell('');
      }, SAFETY_MS),
    };
    this.watched.set(id, watched);
    return watched;
  }

  private async join(watched: Watched): Promise<void> {
    await watched.subscribed;
    await this.announceWatch(watched);
  }

  private end(id: string, watched: Watched): void {
    this.watched.delete(id);
    clearInterval(watched.safety);
    watched.subscribed.then((leave) => leave()).catch((error: unknown) => report(error));
  }

  /** Tells the scripts that an announcement is heard. */
  private async announceWatch({ tenant, stream }: Watched): Promise<void> {
    await this.gateway.execute(
      (client) => client.set(this.keys.watch(tenant, stream), '1', 'PX', WATCH_TTL_MS),
      { repeatable: true },
    );
  }
}

function report(error: unknown): void {
  // An outage is told of elsewhere, and the next look comes by itself.
  log.debug({ event: 'streams.watch.failure', err: error }, 'a watched stream is looked at later');
}
