// A consumer of a stream, as a client would write one: it receives, commits what each entry brings about, and begins anew
// after whatever goes wrong. The naive one brings it about by requests of its own, and acknowledges afterwards.
import { setTimeout as pause } from 'node:timers/promises';

const { url, token, stream, group, consumer, limit, pauseMs, isNaive } = JSON.parse(process.argv[2]);
const groupPath = `/v1/streams/${stream}/groups/${group}`;
let base = url;

process.on('message', (moved) => (base = moved.url));
process.once('disconnect', () => process.exit());

async function call(path, body) {
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  if (response.status !== 503) process.send({ unexpected: `${response.status} ${text}` });
  throw new Error(text);
}

const derivedOf = ({ id, deliveries, data }) => ({ id, n: data.n, deliveries });

async function commit(entries) {
  const items = entries.map((entry) => {
    const { board, derived, member, score } = entry.data;
    return {
      id: entry.id,
      deliveries: entry.deliveries,
      effects: [
        { kind: 'leaderboards.submit', board, member, score, operator: 'increment' },
        { kind: 'streams.append', stream: derived, data: derivedOf(entry) },
      ],
    };
  });
  await pause(pauseMs);
  await call(`${groupPath}/commit`, { consumer, items });
}

async function applyAndAcknowledge(entries) {
  for (const entry of entries) {
    const { board, derived, member, score } = entry.data;
    await call(`/v1/leaderboards/${board}/submissions`, { member, score, operator: 'increment' });
    process.send({ isBetween: true });
    await call(`/v1/streams/${derived}/entries`, { data: derivedOf(entry) });
  }
  await pause(pauseMs);
  await call(`${groupPath}/ack`, { consumer, ids: entries.map(({ id }) => id) });
  process.send({ isBetween: false });
}

for (;;) {
  try {
    const { entries } = await call(`${groupPath}/receive`, { consumer, limit, waitMs: 1000 });
    if (entries.length > 0) await (isNaive ? applyAndAcknowledge : commit)(entries);
  } catch {
    // What it has comes again to whoever asks after the visibility timeout.
    await pause(50);
  }
}
