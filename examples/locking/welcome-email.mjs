// Two workers race for the payment of an order; the customer gets one welcome email. The lock lets one worker at a time look
// whether the email was sent and send it; the fencing token keeps out one that went on after its lock had expired.
//   node examples/locking/welcome-email.mjs [--url <service>] [--order <name>] [--workers <number>]
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connect, ExampleError, run } from '../client.mjs';

const LOCK_MS = 10_000;
const WAIT_MS = 20_000;

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    order: { type: 'string', default: 'order_123' },
    workers: { type: 'string', default: '2' },
    worker: { type: 'string' },
  },
});
const resource = `payment_processing:${options.order}`;
/** Stands for the mail server: what is in this stream is in the customer's mailbox. */
const mailbox = `/v1/streams/${encodeURIComponent(`welcome-emails:${options.order}`)}`;

await run(async () => {
  const api = connect(options.url);
  if (options.worker !== undefined) {
    console.log(`${options.worker} ${await processPayment(api, options.worker)}`);
    return;
  }
  await api('PUT', mailbox, {});
  const names = Array.from({ length: Number(options.workers) }, (_each, at) => `worker ${at + 1}`);
  await Promise.all(names.map((name) => runWorker(name)));
  const { length } = await api('GET', mailbox);
  console.log(`emails in the mailbox for ${options.order}: ${length}`);
  if (length !== 1) throw new ExampleError('There should be one.');
});

async function processPayment(api, owner) {
  const lock = await api('POST', '/v1/locks', {
    resources: [resource],
    ttlMs: LOCK_MS,
    waitMs: WAIT_MS,
    owner,
  });
  try {
    const { length } = await api('GET', mailbox);
    if (length > 0) return 'found the email sent';
    const fence = `${resource}=${lock.fencingToken}`;
    await api(
      'POST',
      `${mailbox}/entries`,
      { data: { subject: 'Welcome', order: options.order } },
      { fence },
    );
    return 'sent the email';
  } finally {
    await api('DELETE', `/v1/locks/${lock.lockId}`);
  }
}

/** Workers are processes of their own, as they would be on two machines. */
async function runWorker(name) {
  const args = ['--url', options.url, '--order', options.order, '--worker', name];
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new ExampleError(`${name} ended with ${code}.`);
}
