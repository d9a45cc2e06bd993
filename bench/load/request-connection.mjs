import { connect } from 'node:net';
import { credential } from '../contenders/submission-request.mjs';
import { AnswerReader } from './answer-reader.mjs';

/** A keep-alive connection that sends one request at a time and gives what was answered, head and all. */
export class RequestConnection {
  #socket;
  #text = '';
  #answer;
  #head;

  /** @param {{host: string, port: number}} target */
  static async open(target) {
    const connection = new RequestConnection(target);
    await connection.#opened;
    return connection;
  }

  #opened;

  constructor(target) {
    const reader = new AnswerReader((status) => this.#answered(status));
    this.#head = `host: ${target.host}\r\nauthorization: ${credential.authorization}\r\n`;
    this.#socket = connect({ ...target, noDelay: true });
    this.#socket.on('data', (bytes) => {
      this.#text += bytes.latin1Slice();
      reader.push(bytes);
    });
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve).once('error', reject);
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#answer?.reject(new Error('closed')));
  }

  /**
   * @param {string} [body] JSON
   * @param {string} [header] one more, with its line end
   * @returns {Promise<{status: number, text: string}>}
   */
  send(method, path, body, header = '') {
    const content =
      body === undefined
        ? '\r\n'
        : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    this.#text = '';
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${this.#head}${header}${content}`);
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
    });
  }

  /** What was answered as JSON. @throws Error if it has another status than `expected` */
  async json(expected, ...request) {
    return (await this.answer(expected, ...request)).json;
  }

  /** The same, beside the whole text. @throws Error if it has another status than `expected` */
  async answer(expected, ...request) {
    const { status, text } = await this.send(...request);
    if (status !== expected) throw new Error(`status ${status}`);
    return { text, json: JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) };
  }

  end() {
    this.#socket.destroy();
  }

  #answered(status) {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.resolve({ status, text: this.#text });
  }
}
