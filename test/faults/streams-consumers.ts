import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Random } from '../support/random.js';
import { ADMIN_KEY } from '../support/service.js';
import type { EventFlow } from './streams-flow.js';

const PROGRAM = fileURLToPath(new URL('streams-consumer.mjs', import.meta.url));

export interface ConsumersOptions {
  /** Where the service is. */
  readonly url: string;
  readonly flow: EventFlow;
  readonly random: Random;
  readonly count: number;
  /** Most entries that one of them asks for at a time. */
  readonly limit: number;
  /** Longest time between receiving entries and ending them, in ms. */
  readonly pauseMs: number;
  /** Whether they bring about the effects by requests of their own and acknowledge afterwards. */
  readonly isNaive?: boolean;
}

/** What a consumer says of itself. */
interface Told {
  readonly unexpected?: string;
  readonly isBetween?: boolean;
}

/** Consumers of a flow, each a process of its own. */
export class Consumers {
  /** Answers other than success and 503, as they were got. */
  readonly unexpected: string[] = [];
  private readonly running: ChildProcess[];
  private readonly between = new WeakSet<ChildProcess>();
  private started = 0;
  private url: string;

  constructor(private readonly options: ConsumersOptions) {
    this.url = options.url;
    this.running = Array.from({ length: options.count }, () => this.start());
  }

  /**
   * Ends one of them by SIGKILL, wherever it is, and starts another one in its place. Of those that say that they are
   * between an effect and its acknowledgement it takes the first.
   */
  async killOne(): Promise<void> {
    const between = this.running.findIndex((each) => this.between.has(each));
    const at = between < 0 ? this.options.random.below(this.running.length) : between;
    const child = this.running[at];
    if (child === undefined) return;
    await kill(child);
    this.running[at] = this.start();
  }

  /** Whether one of them says that it is between an effect and its acknowledgement. */
  get isAnyBetween(): boolean {
    return this.running.some((each) => this.between.has(each));
  }

  /** Tells them where the service is now. */
  moveTo(url: string): void {
    this.url = url;
    for (const child of this.running) child.send({ url });
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.splice(0).map(kill));
  }

  private start(): ChildProcess {
    const { flow, random, limit, pauseMs, isNaive = false } = this.options;
    const settings = {
      url: this.url,
      token: ADMIN_KEY,
      stream: flow.events,
      group: flow.group,
      consumer: `consumer-${this.started++}`,
      limit: 1 + random.below(limit),
      // The naive one is to be found between its effects and its acknowledgement.
      pauseMs: isNaive ? pauseMs : random.below(pauseMs + 1),
      isNaive,
    };
    const child = fork(PROGRAM, [JSON.stringify(settings)], { execArgv: [] });
    child.on('message', ({ unexpected, isBetween }: Told) => {
      if (unexpected !== undefined) this.unexpected.push(unexpected);
      if (isBetween === true) this.between.add(child);
      if (isBetween === false) this.between.delete(child);
    });
    return child;
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
