import { connect } from 'node:net';
import { AnswerReader } from './answer-reader.mjs';

const REOPEN_AFTER_MS = 100;
// Every answer is read to its end before the next one is looked at, so all connections read into the same bytes.
const received = Buffer.alloc(65_536);

/** A keep-alive connection with at most one request under way; opens again when it was closed. */
export class Connection {
  #socket;
  #reader;
  #requests;
  #next = 0;
  #ended = false;
  #reopening;
  isOpen = false;
  isWaiting = false;
  /** When the request that is under way was due. */
  dueAt = 0;

  /**
   * @param {{host: string, port: number}} target
   * @param {{template: import('./request-template.mjs').RequestTemplate, bytes: Buffer}[]} requests sent in turn
   * @param {{opened(c: Connection): void, answered(c: Connection, status: number): void, failed(c: Connection, kind: string): void}} events
   */
  constructor(target, requests, events) {
    this.target = target;
    this.events = events;
    this.#requests = requests;
    this.#reader = new AnswerReader((status) => {
      this.isWaiting = false;
      events.answered(this, status);
    });
  }

  open() {
    let failure;
    const socket = connect({
      ...this.target,
      noDelay: true,
      onread: { buffer: received, callback: (length) => this.#read(socket, length) },
    });
    this.#socket = socket;
    socket.on('connect', () => {
      this.isOpen = true;
      this.events.opened(this);
    });
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => this.#closed(failure));
  }

  send(dueAt) {
    this.isWaiting = true;
    this.dueAt = dueAt;
    const { template, bytes } = this.#requests[this.#next];
    this.#next = (this.#next + 1) % this.#requests.length;
    template.fill(bytes);
    this.#socket.write(bytes);
  }

  end() {
    this.#ended = true;
    clearTimeout(this.#reopening);
    this.#socket?.destroy();
  }

  #read(socket, length) {
    try {
      this.#reader.push(received.subarray(0, length));
    } catch (error) {
      socket.destroy(error);
    }
    return true;
  }

  #closed(failure) {
    const wasOpen = this.isOpen;
    this.isOpen = false;
    this.#reader.reset();
    if (this.#ended) return;
    if (this.isWaiting || !wasOpen || failure !== undefined) {
      this.isWaiting = false;
      this.events.failed(this, failure?.code ?? failure?.message ?? 'closed');
    }
    this.#reopening = setTimeout(() => this.open(), REOPEN_AFTER_MS);
  }
}
