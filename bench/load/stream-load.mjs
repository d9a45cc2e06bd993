// A load generator for streams, which has to know what it receives to acknowledge it: a process of its own that runs the
// plans which its parent sends it, one after the other, over HTTP or straight on Redis. Says `begun` and `ended` at the
// edges of the measured window, then `result`, in which an answer is an entry.
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { credential } from '../contenders/submission-request.mjs';
import { Tally } from './tally.mjs';

const GROUP = 'bench';
const DATA = { kind: 'order', customer: 'c-4711', items: 3, total: 129.5, currency: 'EUR', note: 'as usual' };
const CREATED = 201;

process.on('message', (plan) => {
  run(plan).then(
    (result) => process.send({ kind: 'result', result }),
    (error) => process.send({ kind: 'failed', message: error.stack }),
  );
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);

/** @param {import('../support/load-process.mjs').LoadPlan & {work: 'append' | 'receive', size: number, stream: string}} plan */
async function run(plan) {
  const tally = new Tally([200]);
  const client = plan.target.redisUrl === undefined ? new OverHttp(plan) : new OverRedis(plan);
  await client.prepare();
  let entries = 0;
  let isOver = false;
  let isMeasured = false;
  const worker = async (name) => {
    while (!isOver) {
      const startedAt = performance.now();
      tally.offered(startedAt, false);
      try {
        const done = await client[plan.work](name);
        if (isMeasured) entries += done;
        tally.answered(startedAt, performance.now(), 200);
      } catch (error) {
        tally.failed(error.message);
      }
    }
  };
  const workers = Array.from({ length: plan.connections }, (_item, at) => worker(`consumer-${at}`));
  await pause(plan.warmUpMs);
  tally.begin(performance.now());
  isMeasured = true;
  process.send({ kind: 'begun' });
  await pause(plan.durationMs);
  tally.end(performance.now());
  isMeasured = false;
  process.send({ kind: 'ended' });
  isOver = true;
  await Promise.all(workers);
  await client.end();
  const result = tally.result();
  return { ...result, answers: entries, rate: entries / result.seconds };
}

/** The routes of the service. */
class OverHttp {
  #agent;

  constructor({ target, size, stream, connections }) {
    this.target = target;
    this.size = size;
    this.path = `/v1/streams/${stream}`;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    const entry = JSON.stringify({ data: DATA });
    this.body = size === 1 ? entry : `{"entries":[${Array(size).fill(entry).join(',')}]}`;
  }

  async prepare() {
    await this.#send('PUT', `${this.path}/groups/${GROUP}`, '{"startAt":"begin"}');
  }

  async append() {
    await this.#send('POST', `${this.path}/entries${this.size === 1 ? '' : '/batch'}`, this.body, CREATED);
    return this.size;
  }

  async receive(consumer) {
    const group = `${this.path}/groups/${GROUP}`;
    const { entries } = await this.#send(
      'POST',
      `${group}/receive`,
      JSON.stringify({ consumer, limit: this.size }),
    );
    if (entries.length === 0) await this.#send('POST', `${group}/seek`, '{"to":"begin"}');
    else
      await this.#send(
        'POST',
        `${group}/ack`,
        JSON.stringify({ consumer, ids: entries.map(({ id }) => id) }),
      );
    return entries.length;
  }

  async end() {
    this.#agent.destroy();
  }

  #send(method, path, body, expected) {
    return new Promise((resolve, reject) => {
      const headers = {
        ...credential,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      };
      const sent = request({ ...this.target, agent: this.#agent, method, path, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const isGood =
            expected === undefined ? response.statusCode < 300 : response.statusCode === expected;
          if (isGood) resolve(JSON.parse(Buffer.concat(chunks).toString()));
          else reject(new Error(`status ${response.statusCode}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** Redis' own commands for the same work, auto-pipelined. */
class OverRedis {
  #client;

  constructor({ target, size, stream, maxLength }) {
    this.#client = new Redis(target.redisUrl, { enableAutoPipelining: true });
    this.size = size;
    this.key = stream;
    this.maxLength = maxLength;
    this.data = JSON.stringify(DATA);
  }

  async prepare() {
    try {
      await this.#client.xgroup('CREATE', this.key, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!error.message.startsWith('BUSYGROUP')) throw error;
    }
  }

  async append() {
    const append = (client) => client.xadd(this.key, 'MAXLEN', '=', this.maxLength, '*', 'data', this.data);
    if (this.size === 1) await append(this.#client);
    else {
      const batch = this.#client.multi();
      for (let at = 0; at < this.size; at++) append(batch);
      await batch.exec();
    }
    return this.size;
  }

  async receive(consumer) {
    const client = this.#client;
    const found = await client.xreadgroup(
      'GROUP',
      GROUP,
      consumer,
      'COUNT',
      this.size,
      'STREAMS',
      this.key,
      '>',
    );
    if (found === null) {
      await client.xgroup('SETID', this.key, GROUP, '0');
      return 0;
    }
    const ids = found[0][1].map(([id]) => id);
    await client.xack(this.key, GROUP, ...ids);
    return ids.length;
  }

  async end() {
    await this.#client.quit();
  }
}
