// A load generator for messaging: a process of its own that holds subscribers, and publishes as the plans say which its
// parent sends it, one after the other. Says `begun` and `ended` at the edges of its window, then `result`, in which an
// answer is a message that a subscriber got.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'hdr-histogram-js';
import { machineShares, machineTicks } from '../support/machine.mjs';
import { markedData } from './marked-data.mjs';
import { dialects } from './subscriber-dialects.mjs';
import { Subscribers } from './subscribers.mjs';

/** For the parent to look at all processes while they are quiet, and for what comes twice. */
const EDGE_MS = 100;
const POLL_MS = 1;
const LONGEST_MICROS = 60_000_000;

process.on('message', (plan) => {
  works[plan.work](plan).then(
    (result) => process.send({ kind: 'result', result }),
    (error) => process.send({ kind: 'failed', message: error.stack }),
  );
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);

const channels = new Map();

const works = {
  /** Subscribes `subscribers` to `channel`. */
  async subscribe({ target, dialect, channel, subscribers }) {
    const made = new Subscribers(target, dialects[dialect], channel, subscribers);
    channels.set(channel, made);
    await made.open();
    return {};
  },

  /** Publishes `messages` at once, and again when all have got them, `times` in all. */
  burst: (plan) =>
    inWindow(plan, async (watch, publisher) => {
      for (let time = 0; time < plan.times; time++) {
        await watch.active(async () => {
          const begunAt = performance.now();
          watch.due(plan.messages, begunAt);
          await publisher.publish(plan.messages);
          await watch.all(plan.drainMs);
          return watch.lastAt - begunAt;
        });
      }
    }),

  /** Publishes a message every `everyMs`, whether or not those before have been received; late if the last has no answer yet. */
  paced: (plan) =>
    inWindow(plan, (watch, publisher) =>
      watch.active(async () => {
        const begunAt = performance.now();
        const published = [];
        for (let at = 0; at * plan.everyMs < plan.durationMs; at++) {
          const dueAt = begunAt + at * plan.everyMs;
          while (performance.now() < dueAt) await pause(POLL_MS);
          watch.due(1, dueAt);
          published.push(publisher.publish(1));
        }
        await Promise.all(published);
        await watch.all(plan.drainMs);
        return performance.now() - begunAt;
      }),
    ),
};

async function inWindow({ target, dialect, channel }, work) {
  const subscribers = channels.get(channel);
  await subscribers.open();
  const watch = new Watch(subscribers);
  const publisher = new Publisher(target, dialects[dialect], channel, watch);
  subscribers.watchedBy(watch);
  process.send({ kind: 'begun' });
  await pause(EDGE_MS);
  try {
    await work(watch, publisher);
    await pause(EDGE_MS);
    process.send({ kind: 'ended' });
    return watch.result();
  } finally {
    publisher.end();
    subscribers.watchedBy(undefined);
  }
}

/** What becomes of the messages of one window. */
class Watch {
  #subscribers;
  #histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_MICROS,
    numberOfSignificantValueDigits: 3,
  });
  #firstNumber;
  #dueAt = [];
  #delivered = 0;
  #errors = {};
  #ms = 0;
  #wallMs = 0;
  #cpuMicros = 0;
  #machine = { all: 0, idle: 0, steal: 0 };
  lastAt = 0;

  constructor(subscribers) {
    this.#subscribers = subscribers;
    this.#firstNumber = subscribers.next;
  }

  /** `count` messages are due. */
  due(count, dueAt) {
    for (let at = 0; at < count; at++) this.#dueAt.push(dueAt);
  }

  delivered(number, now) {
    if (number < this.#firstNumber) {
      this.failed('too late');
      return;
    }
    this.#delivered++;
    this.lastAt = now;
    const micros = Math.round((now - this.#dueAt[number - this.#firstNumber]) * 1000);
    this.#histogram.recordValue(Math.min(LONGEST_MICROS, Math.max(1, micros)));
  }

  failed(kind, count = 1) {
    if (count > 0) this.#errors[kind] = (this.#errors[kind] ?? 0) + count;
  }

  /** Settles once every subscriber has got what was due, or it takes too long. */
  async all(limitMs) {
    const deadline = performance.now() + limitMs;
    const isOver = () => this.#delivered >= this.#wanted || performance.now() > deadline;
    while (!isOver()) await pause(POLL_MS);
  }

  /** What the processor does while `work` runs counts; it gives the ms that the messages took. */
  async active(work) {
    const cpu = process.cpuUsage();
    const before = machineTicks();
    const begunAt = performance.now();
    this.#ms += await work();
    this.#wallMs += performance.now() - begunAt;
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuMicros += user + system;
    const after = machineTicks();
    for (const part of Object.keys(after)) this.#machine[part] += after[part] - before[part];
  }

  result() {
    this.failed('never came', this.#subscribers.behind);
    const seconds = this.#ms / 1000;
    const hasLatencies = this.#histogram.totalCount > 0;
    const at = (percentile) => (hasLatencies ? this.#histogram.getValueAtPercentile(percentile) / 1000 : NaN);
    return {
      seconds,
      answers: this.#delivered,
      rate: this.#delivered / seconds,
      offered: this.#wanted,
      missed: 0,
      meanMs: hasLatencies ? this.#histogram.mean / 1000 : NaN,
      p50Ms: at(50),
      p99Ms: at(99),
      maxMs: at(100),
      statuses: {},
      errors: this.#errors,
      active: {
        generatorCores: this.#cpuMicros / (this.#wallMs * 1000),
        machine: machineShares({ all: 0, idle: 0, steal: 0 }, this.#machine),
      },
    };
  }

  get #wanted() {
    return this.#dueAt.length * this.#subscribers.count;
  }
}

class Publisher {
  /** One connection: of two requests at once nobody says which comes first. */
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(target, dialect, channel, watch) {
    this.target = target;
    this.dialect = dialect;
    this.channel = channel;
    this.watch = watch;
  }

  /** Publishes the next `count` messages. */
  async publish(count) {
    const subscribers = channels.get(this.channel);
    const messages = Array.from({ length: count }, (_item, at) => markedData(subscribers.next + at));
    subscribers.next += count;
    const { method, path, headers, body } = this.dialect.publishing(this.channel, messages);
    const sent = request({
      ...this.target,
      agent: this.#agent,
      method,
      path,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    sent.end(body);
    try {
      const [response] = await once(sent, 'response');
      response.resume();
      if (response.statusCode >= 300) this.watch.failed(`status ${response.statusCode}`);
    } catch (error) {
      this.watch.failed(error.code ?? error.message);
    }
  }

  end() {
    this.#agent.destroy();
  }
}
