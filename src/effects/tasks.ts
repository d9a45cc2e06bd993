import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';

/** Work of a feature that another one starts later, and that is no effect of a single script. */
export interface Task {
  /** `<feature>.<verb>`, as clients name it. */
  readonly kind: string;
  /**
   * The payload as it is written down.
   * @throws AppError `request.invalid` with pointers into the payload, `access.forbidden`
   */
  check(caller: Caller, payload: object): Record<string, unknown>;
  /**
   * Does what `check` gave; called again for the same payload, it finds what was done.
   * @throws AppError of the kind `unavailable` if it may work later
   */
  run(tenant: string, payload: unknown): Promise<unknown>;
}

/** What features do for whoever starts it later; each enters its own, so that none has to know another. */
@Injectable()
export class Tasks {
  private readonly byKind = new Map<string, Task>();

  register(task: Task): void {
    if (this.byKind.has(task.kind)) throw new Error(`two features offer the task ${task.kind}`);
    this.byKind.set(task.kind, task);
  }

  /** @throws Error if nobody offers it */
  of(kind: string): Task {
    const task = this.byKind.get(kind);
    if (task === undefined) throw new Error(`nobody offers the task ${kind}`);
    return task;
  }
}
