import { Injectable } from '@nestjs/common';

/** Who may do a piece of maintenance: any process, or only those that work (ROLE `worker` or `all`, or who joined them). */
export type Crew = 'any' | 'workers';

/** Work on what is in Redis that the whole fleet has to do again and again. */
export interface Chore {
  /** Names it in Redis and, with `.late` behind it, in the log when it fails. */
  readonly name: string;
  readonly everyMs: number;
  readonly crew: Crew;
  /** May overlap with another process' that takes longer than `everyMs`, and is done again by another if its process ends. */
  readonly work: () => Promise<void>;
}

/** What features have to be done at an interval, by one process of the fleet each time; whoever has a clock for all does it. */
@Injectable()
export class Maintenance {
  private readonly byName = new Map<string, Chore>();
  private readonly joined = new Set<Crew>(['any']);
  private listener: (() => void) | undefined;

  register(chore: Chore): void {
    if (this.byName.has(chore.name)) throw new Error(`two features have the chore ${chore.name}`);
    this.byName.set(chore.name, chore);
  }

  /** Takes part in what a crew does, from now on. */
  join(crew: Crew): void {
    this.joined.add(crew);
    this.listener?.();
  }

  /** Calls `listener` when this process has joined another crew. */
  onJoined(listener: () => void): void {
    this.listener = listener;
  }

  /** The crews that this process is of. */
  crews(): readonly Crew[] {
    return [...this.joined];
  }

  of(crew: Crew): readonly Chore[] {
    return [...this.byName.values()].filter((chore) => chore.crew === crew);
  }

  find(name: string): Chore | undefined {
    return this.byName.get(name);
  }
}
