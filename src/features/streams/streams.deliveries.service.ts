import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import type { AppError } from '../../errors/app-error.js';
import { isStaleFence } from '../../redis/fence.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, type IdempotentOperation, keyedArgs } from '../../transport/idempotency/idempotency.js';
import type {
  AcknowledgeAnswer,
  Delivery,
  ExtendAnswer,
  GiveBackAnswer,
  ReceiveAnswer,
  RefusedDelivery,
} from './dto/answers.dto.js';
import type { DeliveriesMessage, GiveBackMessage, ReceiveMessage } from './dto/group.dto.js';
import { groupEndpoints } from './streams.endpoints.js';
import { MAX_PAGE_BYTES } from './streams.entries.service.js';
import { StreamsKeys } from './streams.keys.js';
import { expected } from './streams.outcomes.js';
import {
  acknowledgeScript,
  type Delivered,
  type DeliveryOutcome,
  extendScript,
  giveBackScript,
  receiveScript,
} from './streams.group-scripts.js';
import { instant, keyOf, parsedData } from './streams.views.js';
import { type Served, type Waiting, WaitingLine } from './streams.waiting-line.js';
import { StreamWatches } from './streams.watches.js';

const DEFAULT_LIMIT = 100;
/** How long a consumer that has nothing and asks for nothing is remembered. */
const FORGET_CONSUMER_MS = 86_400_000;

/** What somebody who waits is given: entries, or why there are none for this one alone. */
type Given = readonly Delivered[] | AppError;

/** Hands entries to consumers, and takes back what they are done with. */
@Injectable()
export class DeliveriesService implements BeforeApplicationShutdown {
  private readonly lines = new Map<string, WaitingLine<Given>>();
  private closing = false;

  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly watches: StreamWatches,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * What others left comes first, then new entries; if there is none, waits `waitMs` for one, or until `signal` says that
   * nobody waits for the answer. Those who wait hold no connection to Redis, and are asked for one at a time.
   * @throws AppError `streams.stream-not-found`, `streams.group-not-found`, `fence.stale`
   */
  @Operation(groupEndpoints.receive.name, {
    show: ['stream', 'group', 'consumer', 'limit', 'waitMs'],
    mayWait: true,
  })
  async receive(caller: Caller, input: ReceiveMessage, signal?: AbortSignal): Promise<ReceiveAnswer> {
    const { waitMs = 0 } = input;
    const operation = await this.idempotency.open(caller, groupEndpoints.receive.name, input);
    const ask = () => this.ask(caller, input, operation);
    const first = await ask();
    const given =
      first.given ?? (await this.waitFor(caller, input, ask, { waitMs, dueMs: first.dueMs, signal }));
    return { entries: (given ?? []).map(delivery) };
  }

  /** Ends deliveries that are still this consumer's. @throws AppError as `receive` */
  @Operation(groupEndpoints.acknowledge.name, { show: ['stream', 'group', 'consumer'] })
  async acknowledge(caller: Caller, input: DeliveriesMessage): Promise<AcknowledgeAnswer> {
    const operation = await this.idempotency.open(caller, groupEndpoints.acknowledge.name, input);
    const done = await this.scripts.run(acknowledgeScript, {
      keys: this.keys.keyedGroup(caller.tenant, input, operation),
      args: { consumer: input.consumer, ...keyedArgs(operation) },
      rest: input.ids,
      fence: this.keys.fence(caller, input.stream),
      // Repeated, it would refuse what it did; nothing more changes.
      repeatable: true,
      resend: operation !== undefined,
    });
    const { refused, accepted } = sorted(caller, expected('done', input, done));
    return { acknowledged: accepted, refused };
  }

  /** Gives deliveries back, to anybody, now or after a delay. @throws AppError as `receive` */
  @Operation(groupEndpoints.giveBack.name, { show: ['stream', 'group', 'consumer', 'delayMs'] })
  async giveBack(caller: Caller, input: GiveBackMessage): Promise<GiveBackAnswer> {
    const { stream, group, consumer, delayMs = 0, reason = '' } = input;
    const operation = await this.idempotency.open(caller, groupEndpoints.giveBack.name, input);
    const done = await this.scripts.run(giveBackScript, {
      keys: {
        ...this.keys.keyedGroup(caller.tenant, input, operation),
        watch: this.keys.watch(caller.tenant, stream),
      },
      args: {
        consumer,
        delayMs,
        reason,
        channel: this.keys.changes(caller.tenant, stream),
        group,
        ...keyedArgs(operation),
      },
      rest: input.ids,
      fence: this.keys.fence(caller, input.stream),
      repeatable: true,
      resend: operation !== undefined,
    });
    const { refused, accepted } = sorted(caller, expected('done', input, done));
    return { returned: accepted, refused };
  }

  /** Gives the consumer its visibility timeout once more. @throws AppError as `receive` */
  @Operation(groupEndpoints.extend.name, { show: ['stream', 'group', 'consumer'] })
  async extend(caller: Caller, input: DeliveriesMessage): Promise<ExtendAnswer> {
    const operation = await this.idempotency.open(caller, groupEndpoints.extend.name, input);
    const done = await this.scripts.run(extendScript, {
      keys: this.keys.keyedGroup(caller.tenant, input, operation),
      args: { consumer: input.consumer, ...keyedArgs(operation) },
      rest: input.ids,
      fence: this.keys.fence(caller, input.stream),
      repeatable: true,
    });
    const { refused, accepted } = sorted(caller, expected('done', input, done));
    return { extended: accepted, refused };
  }

  beforeApplicationShutdown(): void {
    this.closing = true;
    for (const line of this.lines.values()) line.dismiss();
  }

  private async ask(
    caller: Caller,
    input: ReceiveMessage,
    operation: IdempotentOperation | undefined,
  ): Promise<Served<readonly Delivered[]>> {
    const { consumer, limit = DEFAULT_LIMIT } = input;
    const reply = await this.scripts.run(receiveScript, {
      keys: this.keys.keyedGroup(caller.tenant, input, operation),
      args: {
        consumer,
        limit,
        maxBytes: MAX_PAGE_BYTES,
        forgetMs: FORGET_CONSUMER_MS,
        ...keyedArgs(operation),
      },
      fence: this.keys.fence(caller, input.stream),
      // What a lost reply handed out comes again after the visibility timeout.
      repeatable: true,
      resend: operation !== undefined,
    });
    const { entries, dueMs, replayed } = expected('received', input, reply);
    if (replayed) caller.replayed = true;
    return { given: entries.length > 0 || replayed ? entries : undefined, dueMs };
  }

  private async waitFor(
    { tenant }: Caller,
    { stream, group }: ReceiveMessage,
    ask: () => Promise<Served<readonly Delivered[]>>,
    waiting: Waiting,
  ): Promise<readonly Delivered[] | undefined> {
    if (waiting.waitMs === 0 || this.closing || waiting.signal?.aborted) return undefined;
    // What is thrown in a line is thrown to all who wait in it, but the others have fences of their own, or none.
    const askForOne = (): Promise<Served<Given>> =>
      ask().catch((error: unknown) => {
        if (!isStaleFence(error)) throw error;
        return { given: error, dueMs: undefined };
      });
    const given = await this.lineOf(tenant, stream, group).join(askForOne, waiting);
    if (isStaleFence(given)) throw given;
    return given;
  }

  private lineOf(tenant: string, stream: string, group: string): WaitingLine<Given> {
    const id = `${tenant}/${stream}/${group}`;
    const standing = this.lines.get(id);
    if (standing) return standing;
    const line = new WaitingLine<Given>(() => {
      this.lines.delete(id);
      leave();
    });
    const leave = this.watches.watch(tenant, stream, (changed) => {
      if (changed === '' || changed === group) line.wake();
    });
    this.lines.set(id, line);
    return line;
  }
}

/** What was done and what was refused, of the answer to a request about deliveries. */
export function sorted(
  caller: Caller,
  { rows, replayed }: { readonly rows: readonly DeliveryOutcome[]; readonly replayed: boolean },
): { accepted: number; refused: RefusedDelivery[] } {
  if (replayed) caller.replayed = true;
  const refused = rows.flatMap(({ id, refused: reason }) => (reason === undefined ? [] : [{ id, reason }]));
  return { accepted: rows.length - refused.length, refused };
}

function delivery({ id, data, key, deliveries, firstDeliveredAt }: Delivered): Delivery {
  return {
    id,
    data: parsedData(data),
    ...keyOf(key),
    deliveries,
    firstDeliveredAt: instant(firstDeliveredAt),
  };
}
