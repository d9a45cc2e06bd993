// A load generator: a process of its own that runs the plans which its parent sends it, one after the other.
// Says `begun` and `ended` at the edges of the measured window, then `result`.
import { setTimeout as pause } from 'node:timers/promises';
import { randomFrom } from '../support/statistics.mjs';
import { Connection } from './connection.mjs';
import { ClosedLoop, ThinkTime } from './pacing.mjs';
import { RequestTemplate } from './request-template.mjs';
import { Tally } from './tally.mjs';

const POLL_MS = 5;

process.on('message', (plan) => {
  run(plan).then(
    (result) => process.send({ kind: 'result', result }),
    (error) => process.send({ kind: 'failed', message: error.stack }),
  );
});
// Without a parent there is nobody to load for. A Ctrl-C is the parent's to handle.
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);

/** @param {import('../support/load-process.mjs').LoadPlan} plan */
async function run(plan) {
  const tally = new Tally(plan.expected);
  const pacing = plan.thinkMs === undefined ? new ClosedLoop(tally) : new ThinkTime(tally, plan.thinkMs);
  const connections = connectionsOf(plan, tally, pacing);
  try {
    await openGently(connections, plan.rampMs);
    pacing.start(connections);
    await pause(plan.warmUpMs);
    tally.begin(performance.now());
    process.send({ kind: 'begun' });
    await pause(plan.durationMs);
    tally.end(performance.now());
    process.send({ kind: 'ended' });
    pacing.stop();
    await until(() => connections.every(({ isWaiting }) => !isWaiting), plan.drainMs);
    for (const { isWaiting } of connections) if (isWaiting) tally.failed('unanswered');
    return tally.result();
  } finally {
    pacing.stop();
    for (const connection of connections) connection.end();
  }
}

function connectionsOf({ target, requests, seed, connections }, tally, pacing) {
  const random = randomFrom(seed);
  const templates = requests.map((request) => new RequestTemplate(request, random));
  const events = {
    opened: (connection) => {
      if (pacing.started) pacing.free(connection);
    },
    answered: (connection, status) => {
      tally.answered(connection.dueAt, performance.now(), status);
      pacing.free(connection);
    },
    failed: (_connection, kind) => tally.failed(kind),
  };
  return Array.from({ length: connections }, (_item, user) => {
    const own = templates.map((template) => ({ template, bytes: template.newRequest(user) }));
    return new Connection(target, own, events);
  });
}

/** Opens all connections, evenly over `rampMs`, so that the server's backlog is no part of what is measured. */
async function openGently(connections, rampMs) {
  const startedAt = performance.now();
  for (let opened = 0; opened < connections.length;) {
    const share = rampMs === 0 ? 1 : Math.min(1, (performance.now() - startedAt) / rampMs);
    for (; opened < share * connections.length; opened++) connections[opened].open();
    if (opened < connections.length) await pause(POLL_MS);
  }
  await until(() => connections.every(({ isOpen }) => isOpen), 30_000);
  const closed = connections.filter(({ isOpen }) => !isOpen).length;
  if (closed > 0) throw new Error(`${closed} of ${connections.length} connections could not be opened`);
}

async function until(condition, limitMs) {
  const deadline = performance.now() + limitMs;
  while (!condition() && performance.now() < deadline) await pause(POLL_MS);
}
