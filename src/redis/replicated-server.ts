import type { Redis } from 'ioredis';

const MARK_TTL_MS = 10_000;

/** Asks a server how many of its replicas have all that it had when it was asked; many who ask at once are one question. */
export class ReplicatedServer {
  private readonly questions = new Map<number, Question>();

  /**
   * @param commands the connection that writes to it
   * @param markOf a key that this server holds now; undefined if it holds none
   * @param waitMs how long it may take until the replicas have it
   */
  constructor(
    private readonly commands: Redis,
    private readonly markOf: () => string | undefined,
    private readonly waitMs: number,
  ) {}

  /**
   * How many replicas have what the server had when this was called: less than `wanted` after `waitMs`, 0 if it cannot be
   * known. `run` names the very process that has to say so: another one under the same address may not have it.
   */
  async reached(wanted: number, run: string): Promise<number> {
    let question = this.questions.get(wanted);
    if (question === undefined) {
      // One connection for each number: it is taken until the last of them has it.
      question = new Question(this.commands, wanted, this.waitMs);
      this.questions.set(wanted, question);
    }
    const key = this.markOf();
    return key === undefined ? 0 : await question.ask(key, run);
  }

  close(): void {
    for (const question of this.questions.values()) question.close();
    this.questions.clear();
  }
}

interface Answer {
  readonly run: string;
  readonly replicas: number;
}

/** Puts one question after the other to a server; those who come while one is on its way share the next. */
class Question {
  private connection: Redis | undefined;
  private running: Promise<unknown> | undefined;
  private next: Promise<Answer> | undefined;

  constructor(
    private readonly commands: Redis,
    private readonly wanted: number,
    private readonly waitMs: number,
  ) {}

  async ask(key: string, run: string): Promise<number> {
    this.next ??= this.put(key);
    const answer = await this.next.catch(() => undefined);
    return answer?.run === run ? answer.replicas : 0;
  }

  close(): void {
    this.connection?.disconnect();
    this.connection = undefined;
  }

  private async put(key: string): Promise<Answer> {
    await this.running?.catch(() => undefined);
    this.running = this.next;
    this.next = undefined;
    return await this.exchange(key);
  }

  /** WAIT is about what its own connection wrote last, which comes after all that others wrote before. */
  private async exchange(key: string): Promise<Answer> {
    const connection = (this.connection ??= this.connect());
    const [info, , replicas] = await Promise.all([
      connection.info('server'),
      connection.set(key, this.wanted, 'PX', MARK_TTL_MS),
      connection.wait(this.wanted, this.waitMs),
    ]);
    return { run: runOf(info), replicas };
  }

  private connect(): Redis {
    const connection = this.commands.duplicate({ retryStrategy: () => null, enableOfflineQueue: true });
    connection.on('error', () => undefined);
    connection.once('end', () => {
      if (this.connection === connection) this.connection = undefined;
    });
    return connection;
  }
}

/** Which process answered, of all that there ever were at its address. */
export function runOf(info: string): string {
  const run = /^run_id:(\w+)/m.exec(info)?.[1];
  if (run === undefined) throw new Error('the server does not say who it is');
  return run;
}
