import { Caller, type Credential } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { problemOf } from '../../transport/problem/problem.js';
import { asAppError } from '../../transport/problem/as-app-error.js';
import { reportProblem } from '../../transport/problem/refusals.js';
import { parseJson } from '../../transport/validation/parse-json.js';
import { invalid, validated } from '../../transport/validation/validate.js';
import type { WebSocketConnection } from '../../transport/websocket/web-socket-connection.js';
import { PingFrame, PublishFrame, SubscribeFrame, UnsubscribeFrame } from './dto/frames.dto.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { alreadySubscribed, notSubscribed } from './messaging.errors.js';
import type { LiveService } from './messaging.live.service.js';
import type { MessagesService } from './messaging.messages.service.js';
import { webSocketOutlet } from './messaging.outlets.js';
import { positionOf, positionText } from './messaging.position.js';
import { Subscriber } from './messaging.subscriber.js';

/** Frames that wait for those before them; then the socket is not read on. */
const MAX_PENDING = 64;
const TYPES = ['subscribe', 'unsubscribe', 'publish', 'ping'];

/** What the sessions of a node share. */
export interface SessionServices {
  readonly live: LiveService;
  readonly messages: MessagesService;
  /** A frame counts as a request. @throws AppError `throttle.quota-exceeded` */
  charge(credential: Credential): Promise<void>;
}

type Answer = Readonly<Record<string, unknown>>;

/** An answer, and what begins once it is sent: no message of a channel comes before the word that it is subscribed to. */
interface Reply {
  readonly answer: Answer;
  readonly after?: () => void;
}

/** What one WebSocket client asks for, frame by frame and in order. */
export class SocketSession {
  private readonly subscriber: Subscriber;
  private readonly pending: string[] = [];
  private isBusy = false;
  private frames = 0;

  constructor(
    private readonly connection: WebSocketConnection,
    private readonly caller: Caller,
    private readonly services: SessionServices,
  ) {
    this.subscriber = new Subscriber(connection, caller, webSocketOutlet);
    connection.onClose(() => this.subscriber.end());
    connection.onText((text) => this.receive(text));
  }

  private receive(text: string): void {
    this.pending.push(text);
    if (this.pending.length === MAX_PENDING) this.connection.pause();
    if (!this.isBusy) void this.work();
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    for (let text = this.pending.shift(); text !== undefined; text = this.pending.shift()) {
      if (this.pending.length === MAX_PENDING - 1) this.connection.resume();
      if (!this.connection.isClosed) await this.answer(text);
    }
    this.isBusy = false;
  }

  private async answer(text: string): Promise<void> {
    this.frames += 1;
    const requestId = `${this.caller.requestId.slice(0, 100)}/${this.frames}`;
    let ref: unknown;
    try {
      const frame = parseJson(text);
      ref = refOf(frame);
      const { credential } = this.caller;
      await this.services.charge(credential);
      const key = keyOf(frame);
      const { answer, after } = await this.carryOut(frame, new Caller(credential, requestId, key));
      this.send({ ...answer, ...(ref === undefined ? {} : { ref }) });
      after?.();
    } catch (thrown) {
      const error = asAppError(thrown, messagingEndpoints.socket.name, requestId);
      reportProblem(error, { requestId, transport: 'websocket' });
      const problem = problemOf(error, requestId, `urn:fulcrum:request:${requestId}`);
      this.send({ type: 'error', ...(ref === undefined ? {} : { ref }), problem });
    }
  }

  private async carryOut(frame: unknown, caller: Caller): Promise<Reply> {
    switch (typeOf(frame)) {
      case 'subscribe':
        return await this.subscribe(validated(SubscribeFrame, frame));
      case 'unsubscribe':
        return this.unsubscribe(validated(UnsubscribeFrame, frame));
      case 'publish':
        return await this.publish(validated(PublishFrame, frame), caller);
      case 'ping':
        validated(PingFrame, frame);
        return { answer: { type: 'pong' } };
      default:
        throw invalid([{ pointer: '/type', detail: `must be one of ${TYPES.join(', ')}` }]);
    }
  }

  private async subscribe({ channel, pattern, since }: SubscribeFrame): Promise<Reply> {
    if (pattern !== undefined && channel === undefined && since === undefined) {
      return await this.subscribePattern(pattern);
    }
    if (channel === undefined || pattern !== undefined) throw eitherOr();
    requirePermission(this.caller, messagingEndpoints.history, channel);
    if (this.subscriber.has(channel)) throw alreadySubscribed(channel);
    const taken = await this.services.live.takeChannel(this.caller, channel);
    const position = positionOf(since ?? '') ?? taken.lease.feed.position;
    const join = () => this.services.live.join(this.subscriber, taken, position);
    return this.joined({ type: 'subscribed', channel, position: positionText(position) }, taken, join);
  }

  private async subscribePattern(pattern: string): Promise<Reply> {
    const { live } = this.services;
    if (!this.caller.may(messagingEndpoints.events.permission)) {
      requirePermission(this.caller, messagingEndpoints.history, pattern);
    }
    if (this.subscriber.patterns.includes(pattern)) throw alreadySubscribed(pattern);
    const since = await live.now();
    const taken = await live.takePattern(this.caller, pattern);
    const place = { since, positionIn: () => undefined };
    const join = () => live.joinPattern(this.subscriber, taken, place, () => 'now');
    return this.joined({ type: 'subscribed', pattern }, taken, join);
  }

  private joined(answer: Answer, taken: { giveBack(): void }, join: () => void): Reply {
    const after = () => {
      if (this.connection.isClosed) taken.giveBack();
      else join();
    };
    return { answer, after };
  }

  private unsubscribe({ channel, pattern }: UnsubscribeFrame): Reply {
    if ((channel === undefined) === (pattern === undefined)) throw eitherOr();
    if (channel !== undefined) {
      if (!this.subscriber.remove(channel)) throw notSubscribed(channel);
      return { answer: { type: 'unsubscribed', channel } };
    }
    const name = pattern ?? '';
    if (!this.subscriber.removePattern(name)) throw notSubscribed(name);
    return { answer: { type: 'unsubscribed', pattern } };
  }

  private async publish({ channel, data, tags }: PublishFrame, caller: Caller): Promise<Reply> {
    requirePermission(caller, messagingEndpoints.publish, channel);
    const message = { channel, data, ...(tags === undefined ? {} : { tags }) };
    const published = await this.services.messages.publish(caller, message);
    return { answer: { type: 'published', ...published, ...(caller.replayed ? { replayed: true } : {}) } };
  }

  private send(answer: Answer): void {
    this.connection.send(JSON.stringify(answer));
  }
}

function eitherOr() {
  return invalid([{ pointer: '', detail: 'must have either channel, with or without since, or pattern' }]);
}

function member(frame: unknown, field: string): unknown {
  return typeof frame === 'object' && frame !== null ? Reflect.get(frame, field) : undefined;
}

const typeOf = (frame: unknown): unknown => member(frame, 'type');

/** What can be given back, whatever else is wrong with the frame. */
function refOf(frame: unknown): unknown {
  const ref = member(frame, 'ref');
  return typeof ref === 'number' || (typeof ref === 'string' && ref.length <= 128) ? ref : undefined;
}

function keyOf(frame: unknown): string | undefined {
  const key = member(frame, 'key');
  return typeof key === 'string' ? key : undefined;
}
