import { describe, expect, it } from 'vitest';
import { Random } from '../../../test/support/random.js';
import { type ChannelItem, Gap, Message } from './messaging.items.js';
import type { SlowConsumerPolicy } from './messaging.settings.js';
import { SlowQueue } from './messaging.slow-queue.js';

const EPOCH = 'epoch';
const BYTES = 100;

function message(channel: string, offset: number, ...tags: readonly string[]): Message {
  const body = tags.length === 0 ? `"data":${offset}` : `"data":${offset},"tags":${JSON.stringify(tags)}`;
  return new Message(channel, { epoch: EPOCH, offset, at: 1000 + offset }, body);
}

function drained(queue: SlowQueue): string[] {
  const seen: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) seen.push(told(item));
  return seen;
}

function told(item: ChannelItem): string {
  return item instanceof Gap
    ? `${item.channel}:${item.from?.offset}<${item.position.offset}`
    : `${item.channel}:${item.position.offset}`;
}

function pushAll(queue: SlowQueue, policy: SlowConsumerPolicy, ...items: readonly ChannelItem[]): boolean[] {
  return items.map((item) => queue.push(item, BYTES, policy));
}

describe('a queue of a slow consumer', () => {
  it('gives back what it took, in order, while it has room', () => {
    const queue = new SlowQueue(3 * BYTES);
    expect(pushAll(queue, 'disconnect', message('a', 1), message('b', 1), message('a', 2))).toEqual([
      true,
      true,
      true,
    ]);
    expect(drained(queue)).toEqual(['a:1', 'b:1', 'a:2']);
  });

  it('has no room beyond its bytes where consumers are disconnected', () => {
    const queue = new SlowQueue(2 * BYTES);
    expect(pushAll(queue, 'disconnect', message('a', 1), message('a', 2), message('a', 3))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('drops the oldest, and tells all that it dropped in a row as one gap', () => {
    const queue = new SlowQueue(7 * BYTES);
    const items = Array.from({ length: 20 }, (_, n) => message('a', n + 1));
    expect(new Set(pushAll(queue, 'drop-oldest', ...items))).toEqual(new Set([true]));
    expect(drained(queue)).toEqual(['a:0<16', 'a:17', 'a:18', 'a:19', 'a:20']);
  });

  it('drops nothing of a channel whose consumers are disconnected instead', () => {
    const queue = new SlowQueue(4 * BYTES);
    pushAll(queue, 'disconnect', message('a', 1));
    pushAll(queue, 'drop-oldest', message('b', 1), message('b', 2), message('b', 3), message('b', 4));
    expect(queue.push(message('a', 2), BYTES, 'disconnect')).toBe(false);
    const seen = drained(queue);
    expect(seen.filter((each) => each.startsWith('a'))).toEqual(['a:1', 'a:2']);
  });

  it('keeps the newest message of each tag', () => {
    const queue = new SlowQueue(100 * BYTES);
    pushAll(
      queue,
      'conflate',
      message('a', 1, 'x'),
      message('a', 2, 'x', 'y'),
      message('a', 3),
      message('a', 4, 'x'),
      message('b', 1, 'x'),
      message('a', 5),
    );
    expect(drained(queue)).toEqual(['a:2', 'a:4', 'b:1', 'a:5']);
    pushAll(queue, 'conflate', message('a', 6, 'x'));
    expect(drained(queue)).toEqual(['a:6']);
  });

  it('accounts for every message, whatever the policies and the reader do (seeds 1 to 40)', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const policies: Record<string, SlowConsumerPolicy> = {
        a: 'drop-oldest',
        b: 'conflate',
        c: 'disconnect',
      };
      const queue = new SlowQueue(1500);
      const sent: Record<string, number> = { a: 0, b: 0, c: 0 };
      const read: ChannelItem[] = [];
      let refused = false;
      for (let step = 0; step < 400 && !refused; step++) {
        if (random.chance(0.3)) {
          const item = queue.shift();
          if (item !== undefined) read.push(item);
          continue;
        }
        const channel = random.pick(['a', 'a', 'b', 'b', 'c']);
        sent[channel] = (sent[channel] ?? 0) + 1;
        const tags = random.chance(0.5) ? [random.pick(['x', 'y', 'z'])] : [];
        refused = !queue.push(
          message(channel, sent[channel], ...tags),
          BYTES,
          policies[channel] ?? 'disconnect',
        );
      }
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) read.push(item);
      for (const channel of ['a', 'b', 'c']) {
        const items = read.filter((item) => item.channel === channel);
        let place = 0;
        const newest = new Map<string, number>();
        for (const item of items) {
          if (item instanceof Gap) expect(item.from?.offset, `seed ${seed}`).toBeGreaterThanOrEqual(place);
          else if (channel !== 'b') expect(item.position.offset, `seed ${seed}`).toBe(place + 1);
          expect(item.position.offset).toBeGreaterThan(place);
          place = item.position.offset;
          if (item instanceof Message) for (const tag of item.tags) newest.set(tag, place);
        }
        // The last of a channel always arrives, unless the consumer was disconnected for it.
        if (!refused) expect(place, `seed ${seed} of ${channel}`).toBe(sent[channel]);
      }
    }
  });
});
