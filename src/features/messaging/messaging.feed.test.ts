import { describe, expect, it } from 'vitest';
import { ChannelFeed } from './messaging.feed.js';
import { type ChannelItem, Message } from './messaging.items.js';
import type { Position } from './messaging.position.js';
import type { Found } from './messaging.reader.js';

const EPOCH = 'epoch';
const place = (offset: number, at?: number): Position => ({ epoch: EPOCH, offset, at });
const message = (offset: number, at: number) => new Message('news', place(offset, at), '"data":1');
const pushed = (offset: number, at: number, previousAt: number) =>
  `${EPOCH}.${offset}.${at} ${previousAt} "data":1`;

const nothing: Omit<Found, 'standing'> = {
  missedUpTo: undefined,
  diverged: false,
  messages: [],
  more: false,
  slowConsumer: 'disconnect',
};

/** A feed that begins after message 9, and what Redis says of what came after a place. */
async function feedAfterNine(since: (place: Position) => Found) {
  const items: ChannelItem[] = [];
  const flushes: (() => void)[] = [];
  const feed = new ChannelFeed('news', {
    read: async (from) =>
      Promise.resolve(
        typeof from === 'object' && 'epoch' in from ? since(from) : { ...nothing, standing: place(9, 100) },
      ),
    look: async () => Promise.resolve(undefined),
    gone: () => undefined,
    soon: (flush) => flushes.push(flush),
    renew: () => undefined,
  });
  await feed.start(true);
  feed.follow({ take: (batch) => items.push(...batch.items) });
  const settled = async () => {
    await feed.sync();
    for (const flush of flushes.splice(0)) flush();
    return items.map(({ type, position }) => `${type} ${position.offset} ${position.at}`);
  };
  return { feed, settled };
}

describe('a feed whose master was replaced while it was frozen', () => {
  const kept = [message(10, 130), message(11, 140)];

  it('tells of the message that took the place of what the frozen one handed out', async () => {
    const { feed, settled } = await feedAfterNine(({ offset, at }) =>
      offset === 10 && at === 120
        ? { ...nothing, standing: place(11, 140), missedUpTo: 9, diverged: true, messages: kept }
        : { ...nothing, standing: place(11, 140) },
    );
    feed.push(pushed(10, 120, 100));
    feed.push(pushed(11, 140, 130));
    expect(await settled()).toEqual([
      'message 10 120',
      'gap 9 undefined',
      'message 10 130',
      'message 11 140',
    ]);
  });

  it('gives what is kept where it held something else for the same place', async () => {
    const { feed, settled } = await feedAfterNine(() => ({
      ...nothing,
      standing: place(11, 140),
      messages: kept,
    }));
    feed.doubt();
    feed.push(pushed(10, 120, 100));
    expect(await settled()).toEqual(['message 10 130', 'message 11 140']);
  });

  it('goes on without asking where each message came after the one that was had', async () => {
    const { feed, settled } = await feedAfterNine(() => ({ ...nothing, standing: place(11, 140) }));
    feed.push(pushed(10, 130, 100));
    feed.push(pushed(11, 140, 130));
    expect(await settled()).toEqual(['message 10 130', 'message 11 140']);
  });
});
