// Everything at once: writes and reads of every kind, consumers, and subscribers that come and go. A process of its own that
// runs the plans which its parent sends it.
import { build } from 'hdr-histogram-js';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { API_KEY } from '../contenders/submission-request.mjs';
import { randomFrom } from '../support/statistics.mjs';
import { endWithParent, runPlans } from './plans.mjs';

const CLIENTS = 32;
const CONSUMERS = 2;
const AUTHORIZATION = { authorization: `Bearer ${API_KEY}` };
const LONGEST_MICROS = 600_000_000;
const REQUEST_LIMIT_MS = 30_000;
const RETRY_MS = 100;
/** How long a subscriber stays. */
const STAYS_MS = [5000, 30_000];
/** So many of each there are, so that what is kept of them levels off. */
const [BOARDS, MEMBERS, LOCKS, BUCKETS, CHANNELS] = [10, 500, 200, 1000, 5];
const STREAM = '/v1/streams/soak';
const GROUP = `${STREAM}/groups/workers`;

endWithParent();
const agent = new Agent({ keepAlive: true });
/** Of keys, which are new in each plan. */
let number = 0;

runPlans({
  /** Makes what the rest works on. */
  async prepare(plan) {
    const { call, errors } = newRun(plan);
    await call('PUT', STREAM, { maxLength: 10_000 });
    await call('PUT', '/v1/streams/audit.sessions', { maxLength: 1000 });
    await call('PUT', GROUP, { visibilityTimeoutMs: 30_000 });
    for (let at = 0; at < CHANNELS; at++) {
      await call('PUT', `/v1/channels/soak-${at}`, { historySize: 200, historyTtlMs: 60_000 });
    }
    await call('PUT', '/v1/rate-limits/soak', { capacity: 100, refillTokens: 10, refillIntervalMs: 1000 });
    return errors;
  },

  /** Each client takes its next step when the one before is over. */
  async saturate(plan) {
    const run = newRun(plan);
    const isOver = over(plan.warmUpMs + plan.durationMs);
    const startedAt = performance.now();
    let steps = 0;
    const client = async () => {
      while (!isOver()) {
        await run.step();
        if (performance.now() - startedAt >= plan.warmUpMs) steps++;
      }
    };
    await Promise.all([...Array.from({ length: CLIENTS }, client), ...company(run, plan, isOver)]);
    return { stepsPerSecond: (steps * 1000) / plan.durationMs, errors: run.errors };
  },

  /** Each client has a schedule; a latency counts from when a step was due. */
  async soak(plan) {
    const run = newRun(plan);
    const isOver = over(plan.durationMs);
    const gapMs = (CLIENTS * 1000) / plan.stepsPerSecond;
    const client = async (_item, at) => {
      for (let due = performance.now() + (gapMs * at) / CLIENTS; ; due += gapMs) {
        // Steps that nobody was there to take are left out.
        while (due + gapMs < performance.now()) {
          due += gapMs;
          run.missed();
        }
        await pause(Math.max(0, due - performance.now()));
        if (isOver()) return;
        await run.step(due);
      }
    };
    const clock = setInterval(run.closeInterval, plan.sampleMs);
    await Promise.all([...Array.from({ length: CLIENTS }, client), ...company(run, plan, isOver)]);
    clearInterval(clock);
    return { intervals: run.intervals, errors: run.errors };
  },
});

function over(afterMs) {
  const end = performance.now() + afterMs;
  return () => performance.now() >= end;
}

/** Consumers and subscribers beside the clients. */
function company(run, { subscribers }, isOver) {
  return [
    ...Array.from({ length: CONSUMERS }, (_item, at) => consume(run, `consumer-${at}`, isOver)),
    ...Array.from({ length: subscribers }, (_item, at) =>
      subscribe(run, at % 2 === 0 ? openEvents : openSocket, isOver),
    ),
  ];
}

function newRun({ target, seed }) {
  const random = randomFrom(seed);
  const below = (end) => Math.floor(random() * end);
  const histogram = build({ highestTrackableValue: LONGEST_MICROS, numberOfSignificantValueDigits: 3 });
  const errors = {};
  const intervals = [];
  let current = { errors: 0, missed: 0, messages: 0 };
  const failed = (kind) => {
    errors[kind] = (errors[kind] ?? 0) + 1;
    current.errors++;
  };
  /** The body of a good answer; undefined of another one, which counts as an error. */
  const call = async (method, path, body, { headers, from = performance.now(), waits = false } = {}) => {
    try {
      const answer = await send(target, method, path, body, headers);
      const micros = Math.round((performance.now() - from) * 1000);
      if (!waits) histogram.recordValue(Math.min(LONGEST_MICROS, Math.max(1, micros)));
      if (answer.status < 300) return answer.body;
      failed(`${method} ${path.split('/')[2]}: ${answer.status} ${answer.body?.code ?? ''}`);
    } catch (error) {
      failed(`${method} ${path.split('/')[2]}: ${error.code ?? error.message}`);
    }
    return undefined;
  };
  const run = { target, random, below, call, failed, errors, intervals };
  const pick = weighted(stepsOf(run), random);
  return {
    ...run,
    step: (from) => pick()(from),
    got: () => current.messages++,
    missed: () => current.missed++,
    closeInterval: () => {
      const at = (percentile) =>
        histogram.totalCount > 0 ? histogram.getValueAtPercentile(percentile) / 1000 : NaN;
      intervals.push({ ...current, answers: histogram.totalCount, p50Ms: at(50), p99Ms: at(99) });
      histogram.reset();
      current = { errors: 0, missed: 0, messages: 0 };
    },
  };
}

/** What a client does, and how often among a hundred steps. */
function stepsOf({ call, below }) {
  const keyed = (from) => ({ from, headers: { 'idempotency-key': `soak-${++number}` } });
  const board = () => `/v1/leaderboards/soak-${below(BOARDS)}`;
  return [
    [
      24,
      (from) => {
        const body = { member: `member-${below(MEMBERS)}`, score: 1 + below(100), operator: 'increment' };
        return call('POST', `${board()}/submissions`, body, keyed(from));
      },
    ],
    [22, (from) => call('GET', `${board()}/entries?limit=10`, undefined, { from })],
    [15, (from) => call('POST', `${STREAM}/entries`, { data: { n: below(1e6) } }, keyed(from))],
    [
      10,
      (from) => call('POST', `/v1/channels/soak-${below(CHANNELS)}/messages`, { data: number }, keyed(from)),
    ],
    [
      8,
      async (from) => {
        const body = { resources: [`lock-${below(LOCKS)}`], ttlMs: 10_000, waitMs: 10_000 };
        const lock = await call('POST', '/v1/locks', body, { ...keyed(from), waits: true });
        if (lock !== undefined) await call('DELETE', `/v1/locks/${lock.lockId}`);
      },
    ],
    [
      8,
      async (from) => {
        const lasting = { idleTtlMs: 30_000, absoluteTtlMs: 60_000 };
        const body = { userId: `user-${below(MEMBERS)}`, data: { cart: [number] }, ...lasting };
        const session = await call('POST', '/v1/sessions', body, keyed(from));
        if (session === undefined) return;
        const headers = { 'session-token': session.token };
        await call('GET', '/v1/sessions/current', undefined, { headers });
        // The others run out.
        if (number % 2 === 0) await call('DELETE', '/v1/sessions/current', undefined, { headers });
      },
    ],
    [10, (from) => call('POST', '/v1/rate-limits/soak/consume', { key: `user-${below(BUCKETS)}` }, { from })],
    [
      3,
      (from) => {
        const payload = {
          board: 'soak-0',
          member: `member-${below(MEMBERS)}`,
          score: 1,
          operator: 'increment',
        };
        return call('POST', '/v1/jobs', { kind: 'leaderboards.submit', payload }, keyed(from));
      },
    ],
  ];
}

function weighted(choices, random) {
  const all = choices.reduce((sum, [weight]) => sum + weight, 0);
  return () => {
    let left = random() * all;
    for (const [weight, step] of choices) {
      left -= weight;
      if (left < 0) return step;
    }
    return choices[0][1];
  };
}

async function consume({ call }, consumer, isOver) {
  while (!isOver()) {
    const got = await call(
      'POST',
      `${GROUP}/receive`,
      { consumer, limit: 100, waitMs: 500 },
      { waits: true },
    );
    if (got === undefined) await pause(RETRY_MS);
    else if (got.entries.length > 0)
      await call('POST', `${GROUP}/ack`, { consumer, ids: got.entries.map(({ id }) => id) });
  }
}

/** Follows a channel for a while, leaves, and comes back. */
async function subscribe(run, open, isOver) {
  const [least, most] = STAYS_MS;
  while (!isOver()) {
    const channel = `soak-${run.below(CHANNELS)}`;
    let isLeaving = false;
    const leave = open(run.target, channel, run.got, (why) => {
      if (!isLeaving) run.failed(`subscriber: ${why}`);
    });
    const until = over(least + run.random() * (most - least));
    while (!until() && !isOver()) await pause(RETRY_MS);
    isLeaving = true;
    leave();
  }
}

function openEvents({ host, port }, channel, onMessage, onEnd) {
  const path = `/v1/events?channel=${channel}`;
  const sent = request({ host, port, path, agent: false, headers: AUTHORIZATION }, (response) => {
    if (response.statusCode !== 200) onEnd(response.statusCode);
    response.setEncoding('utf8');
    response.on('data', (text) => {
      for (let at = text.indexOf('event: message'); at >= 0; at = text.indexOf('event: message', at + 1))
        onMessage();
    });
    response.on('close', () => onEnd('closed'));
    response.on('error', () => undefined);
  });
  sent.on('error', (error) => onEnd(error.code));
  sent.end();
  return () => sent.destroy();
}

function openSocket({ host, port }, channel, onMessage, onEnd) {
  const socket = new WebSocket(`ws://${host}:${port}/v1/socket`, { headers: AUTHORIZATION });
  socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', channel })));
  socket.on('message', (data) => {
    if (data.includes('"type":"message"')) onMessage();
  });
  socket.on('close', (code) => onEnd(`closed ${code}`));
  socket.on('error', (error) => onEnd(error.code ?? error.message));
  return () => socket.close();
}

function send({ host, port }, method, path, body, headers) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const content =
    text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const options = { host, port, path, method, agent, timeout: REQUEST_LIMIT_MS };
    const sent = request(
      { ...options, headers: { ...AUTHORIZATION, ...content, ...headers } },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode, body: answer === '' ? {} : JSON.parse(answer) });
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(text);
  });
}
