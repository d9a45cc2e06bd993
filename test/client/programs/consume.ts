// Counts each entry of a stream on a leaderboard, until it is told to end.
//   node consume.js <stream> <group> <board>
import type { Effect, Entry } from '@fulcrum/client';
import { broken, clientOfTest, say } from './program.js';

const [stream = '', group = '', board = ''] = process.argv.slice(2);
const client = clientOfTest();
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());

interface Order {
  readonly n: number;
  /** What becomes of its first delivery. */
  readonly fate?: 'hangs' | 'throws' | 'waits for the end';
}

async function count(
  { data, deliveries }: Entry,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly Effect[] | void> {
  const { n, fate } = data as Order;
  const body = { member: `order ${n}`, score: 1, operator: 'increment' } as const;
  // An effect of its own and then an acknowledgement: two things, of which the second may not come about.
  if (broken === 'ack') {
    await client.POST('/v1/leaderboards/{board}/submissions', { params: { path: { board } }, body });
  }
  say({ handled: n, deliveries, fate });
  if (deliveries === 1 && fate === 'throws') throw new Error('not the first time');
  if (deliveries === 1 && fate === 'hangs') await new Promise(() => undefined);
  if (fate === 'waits for the end' && !signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
  return broken === 'ack' ? undefined : [{ kind: 'leaderboards.submit', board, ...body }];
}

const options = { signal: ending.signal, limit: 5, retryDelayMs: 50 };
await client.consume(stream, group, options, count);
say({ ended: true });
