import { contended } from './sessions.errors.js';

/** How many may wait in one line: what is behind them would not be done in time. */
const MOST_IN_LINE = 512;

/** Does the work on one session one after the other, so that those of one process do not get in each other's way. */
export class SessionLines {
  private readonly lines = new Map<string, { last: Promise<unknown>; length: number }>();

  /** @throws AppError `sessions.contended` if the line is too long, and what `work` throws */
  async inLine<T>(name: string, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(name) ?? { last: Promise.resolve(), length: 0 };
    if (line.length >= MOST_IN_LINE) throw contended();
    this.lines.set(name, line);
    line.length++;
    const mine = line.last.then(work, work);
    line.last = mine;
    try {
      return await mine;
    } finally {
      line.length--;
      if (line.length === 0) this.lines.delete(name);
    }
  }
}
