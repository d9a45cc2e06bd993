import { connect } from 'node:net';
import { MarkReader } from './marked-data.mjs';

/** Connections that are opened at a time. */
const OPENING = 64;
const OPEN_LIMIT_MS = 30_000;
const REFUSED = /^HTTP\/1\.1 (?!101|200)\d{3} /;
// Everything is read to its end before the next is looked at, so all connections read into the same bytes.
const received = Buffer.alloc(65_536);

/** All who are subscribed to one channel: each has to get every message, once and in order. */
export class Subscribers {
  #all;
  #watch;
  /** What failed while nobody watched. */
  #unseen = [];
  /** The number of the next message. */
  next = 1;

  /**
   * @param {{host: string, port: number}} target
   * @param {import('./subscriber-dialects.mjs').Dialect} dialect
   * @param {string} channel
   * @param {number} count
   */
  constructor(target, dialect, channel, count) {
    this.count = count;
    this.#all = Array.from({ length: count }, () => new Subscriber(target, dialect, channel, this));
  }

  /** Opens those that are not open. */
  async open() {
    const closed = this.#all.filter(({ isOpen }) => !isOpen);
    const worker = async () => {
      for (let one = closed.pop(); one !== undefined; one = closed.pop()) await one.open(this.next);
    };
    await Promise.all(Array.from({ length: OPENING }, worker));
  }

  /**
   * Tells `watch` of all that comes from here on.
   * @param {{delivered(number: number, now: number): void, failed(kind: string): void} | undefined} watch
   */
  watchedBy(watch) {
    this.#watch = watch;
    if (watch) for (const kind of this.#unseen.splice(0)) watch.failed(kind);
  }

  delivered(number, now) {
    this.#watch?.delivered(number, now);
  }

  failed(kind) {
    if (this.#watch) this.#watch.failed(kind);
    else this.#unseen.push(kind);
  }

  /** How many have not got all that was published. */
  get behind() {
    return this.#all.filter((one) => one.isOpen && one.next < this.next).length;
  }

  end() {
    for (const one of this.#all) one.end();
  }
}

class Subscriber {
  #socket;
  #reader;
  #dialect;
  #target;
  #channel;
  #all;
  #steps = [];
  #text = '';
  #opened;
  isOpen = false;
  /** The number of the message that it should get next. */
  next = 1;

  constructor(target, dialect, channel, all) {
    this.#target = target;
    this.#dialect = dialect;
    this.#channel = channel;
    this.#all = all;
  }

  /** Settles once it is subscribed. */
  async open(next) {
    this.next = next;
    this.#reader = new MarkReader();
    this.#steps = this.#dialect.steps(this.#channel);
    let late;
    const opened = new Promise((resolve, reject) => {
      this.#opened = { resolve, reject };
      late = setTimeout(() => reject(new Error(`could not subscribe in time: ${this.#text}`)), OPEN_LIMIT_MS);
    });
    const socket = connect({
      ...this.#target,
      noDelay: true,
      onread: { buffer: received, callback: (length) => this.#read(length) },
    });
    this.#socket = socket;
    socket.on('connect', () => socket.write(this.#steps[0].say));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
    try {
      await opened;
    } finally {
      clearTimeout(late);
    }
  }

  end() {
    this.isOpen = false;
    this.#socket?.destroy();
  }

  #read(length) {
    const bytes = received.subarray(0, length);
    if (this.isOpen) this.#take(bytes);
    else this.#takeStep(bytes);
    return true;
  }

  #take(bytes) {
    const now = performance.now();
    const { ping, pong } = this.#dialect;
    if (ping !== undefined && bytes.includes(ping)) this.#socket.write(pong);
    this.#reader.push(bytes, (number) => {
      if (number < this.next) {
        this.#all.failed('twice, or out of order');
        return;
      }
      for (; this.next < number; this.next++) this.#all.failed('lost');
      this.next++;
      this.#all.delivered(number, now);
    });
  }

  #takeStep(bytes) {
    this.#text += bytes.latin1Slice();
    if (REFUSED.test(this.#text)) this.#opened.reject(new Error(`could not subscribe: ${this.#text}`));
    if (!this.#text.includes(this.#steps[0].until)) return;
    this.#steps.shift();
    this.#text = '';
    const [step] = this.#steps;
    if (step !== undefined) {
      this.#socket.write(step.say);
      return;
    }
    this.isOpen = true;
    this.#opened.resolve();
  }

  #closed() {
    if (this.isOpen) this.#all.failed('cut off');
    else this.#opened.reject(new Error(`closed before it was subscribed: ${this.#text}`));
    this.isOpen = false;
  }
}
