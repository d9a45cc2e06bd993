import { median, quantile } from '../support/statistics.mjs';
import { Failures } from './failures.mjs';

/** Sees every grant of one run: what is wrong with any of them is an error, inside of the window or not. */
export class LockWatch extends Failures {
  #held = new Set();
  #latest = new Map();

  /** Somebody was granted `resource`, with a fencing token where there are such. */
  granted(resource, fence) {
    if (this.#held.has(resource)) this.failed('two holders at once');
    this.#held.add(resource);
    if (fence === undefined) return;
    if (fence <= (this.#latest.get(resource) ?? 0)) this.failed('a token that is not higher');
    this.#latest.set(resource, fence);
  }

  /** Called before it is released, for from then on another may have it. */
  releasing(resource) {
    this.#held.delete(resource);
  }

  errors() {
    if (this.#held.size > 0) this.failed('never released');
    return super.errors();
  }
}

/** How long each of several workers waited; what is counted falls into a window, with what is not over at its end. */
export class Waits {
  #since;
  #served;
  #ms = [];
  #begunAt = Infinity;
  #endedAt = Infinity;
  #unfinished = 0;

  constructor(workers) {
    this.#since = Array(workers).fill(undefined);
    this.#served = Array(workers).fill(0);
  }

  begin(now) {
    this.#begunAt = now;
  }

  /** Those who still wait have waited as long as that, at least. */
  end(now) {
    this.#endedAt = now;
    const waiting = this.#since.filter((since) => since !== undefined);
    this.#unfinished = waiting.length;
    for (const since of waiting) this.#ms.push(now - since);
  }

  began(worker, now) {
    this.#since[worker] = now;
  }

  over(worker, now) {
    const waited = now - this.#since[worker];
    this.#since[worker] = undefined;
    if (now < this.#begunAt || now >= this.#endedAt) return;
    this.#ms.push(waited);
    this.#served[worker]++;
  }

  result() {
    const seconds = (this.#endedAt - this.#begunAt) / 1000;
    const answers = this.#served.reduce((sum, count) => sum + count, 0);
    return {
      seconds,
      answers,
      rate: answers / seconds,
      p50Ms: median(this.#ms),
      p99Ms: quantile(this.#ms, 0.99),
      maxMs: Math.max(...this.#ms),
      unfinished: this.#unfinished,
      leastServed: Math.min(...this.#served) / seconds,
    };
  }
}
