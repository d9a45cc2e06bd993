import { type ChannelItem, Gap, Message } from './messaging.items.js';
import type { SlowConsumerPolicy } from './messaging.settings.js';

/** Bytes that a gap is counted as. */
const GAP_BYTES = 256;
const NO_TAGS = [''];

interface Slot {
  item: ChannelItem;
  bytes: number;
  readonly policy: SlowConsumerPolicy;
  /** For how many of its tags this is the newest message. */
  newestOf: number;
}

/**
 * What waits for a subscriber that reads more slowly than its channels send: at most `maxBytes`. Beyond, each channel's
 * policy says what becomes of it.
 */
export class SlowQueue {
  /** Oldest first. */
  private readonly slots = new Set<Slot>();
  private readonly newest = new Map<string, Slot>();
  private readonly gaps = new Map<string, Slot>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Takes `item`, at the cost of what may be left out for it; false if it has no room and nothing may be left out. */
  push(item: ChannelItem, bytes: number, policy: SlowConsumerPolicy): boolean {
    const slot: Slot = { item, bytes, policy, newestOf: 0 };
    this.slots.add(slot);
    this.bytes += bytes;
    if (policy === 'conflate') this.supersede(slot);
    while (this.bytes > this.maxBytes) {
      const oldest = this.oldestToDrop();
      if (oldest === undefined) return policy !== 'disconnect';
      this.drop(oldest);
    }
    return true;
  }

  /** The oldest item; undefined if there is none. */
  shift(): ChannelItem | undefined {
    for (const slot of this.slots) {
      this.remove(slot);
      return slot.item;
    }
    return undefined;
  }

  /** Leaves out messages of the same channel that `slot` is newer than, for every tag that they have. */
  private supersede(slot: Slot): void {
    for (const key of keysOf(slot)) {
      const older = this.newest.get(key);
      this.newest.set(key, slot);
      slot.newestOf += 1;
      if (older === undefined) continue;
      older.newestOf -= 1;
      if (older.newestOf === 0) this.remove(older);
    }
  }

  private oldestToDrop(): Slot | undefined {
    for (const slot of this.slots) {
      if (slot.policy !== 'disconnect' && slot.item instanceof Message) return slot;
    }
    return undefined;
  }

  /** Puts in the place of a message that it is missing; messages that are missing one after the other are one gap. */
  private drop(slot: Slot): void {
    const { channel, position } = slot.item;
    const gap = this.gaps.get(channel);
    if (gap?.item instanceof Gap) {
      gap.item = new Gap(channel, gap.item.from, position);
      this.remove(slot);
      return;
    }
    this.forgetTags(slot);
    const from = { epoch: position.epoch, offset: position.offset - 1, at: undefined };
    slot.item = new Gap(channel, from, position);
    this.bytes += GAP_BYTES - slot.bytes;
    slot.bytes = GAP_BYTES;
    this.gaps.set(channel, slot);
  }

  private remove(slot: Slot): void {
    if (!this.slots.delete(slot)) return;
    this.bytes -= slot.bytes;
    this.forgetTags(slot);
    if (this.gaps.get(slot.item.channel) === slot) this.gaps.delete(slot.item.channel);
  }

  private forgetTags(slot: Slot): void {
    if (slot.policy !== 'conflate') return;
    for (const key of keysOf(slot)) if (this.newest.get(key) === slot) this.newest.delete(key);
  }
}

function keysOf({ item }: Slot): string[] {
  if (!(item instanceof Message)) return [];
  const tags = item.tags.length === 0 ? NO_TAGS : item.tags;
  return tags.map((tag) => `${item.channel} ${tag}`);
}
