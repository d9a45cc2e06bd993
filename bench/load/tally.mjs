import { build } from 'hdr-histogram-js';

const LONGEST_MICROS = 600_000_000;

/** Counts what becomes of the requests of one run. Only what falls into its window counts. */
export class Tally {
  #expected;
  #histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_MICROS,
    numberOfSignificantValueDigits: 3,
  });
  #begunAt = Infinity;
  #endedAt = Infinity;
  #answers = 0;
  #good = 0;
  #offered = 0;
  #missed = 0;
  #statuses = {};
  #errors = {};

  /** @param {readonly number[]} expected statuses that are no error */
  constructor(expected) {
    this.#expected = new Set(expected);
  }

  begin(now) {
    this.#begunAt = now;
  }

  end(now) {
    this.#endedAt = now;
  }

  /** A request is due; `missed` if there is nobody to send it, because the one before was not answered yet. */
  offered(dueAt, missed) {
    if (!this.#isInside(dueAt)) return;
    this.#offered++;
    if (missed) this.#missed++;
  }

  /** The latency counts from when the request was due, and is recorded whenever its answer comes. */
  answered(dueAt, now, status) {
    const isExpected = this.#expected.has(status);
    if (this.#isInside(now)) {
      this.#answers++;
      this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
      if (isExpected) this.#good++;
      else this.#count(`status ${status}`);
    }
    if (isExpected && this.#isInside(dueAt)) {
      this.#histogram.recordValue(Math.min(LONGEST_MICROS, Math.max(1, Math.round((now - dueAt) * 1000))));
    }
  }

  failed(kind) {
    if (performance.now() >= this.#begunAt) this.#count(kind);
  }

  result() {
    const hasLatencies = this.#histogram.totalCount > 0;
    const at = (percentile) => (hasLatencies ? this.#histogram.getValueAtPercentile(percentile) / 1000 : NaN);
    const seconds = (this.#endedAt - this.#begunAt) / 1000;
    return {
      seconds,
      answers: this.#answers,
      rate: this.#good / seconds,
      offered: this.#offered,
      missed: this.#missed,
      meanMs: hasLatencies ? this.#histogram.mean / 1000 : NaN,
      p50Ms: at(50),
      p99Ms: at(99),
      maxMs: at(100),
      statuses: this.#statuses,
      errors: this.#errors,
    };
  }

  #isInside(moment) {
    return moment >= this.#begunAt && moment < this.#endedAt;
  }

  #count(kind) {
    this.#errors[kind] = (this.#errors[kind] ?? 0) + 1;
  }
}
