import { asNumber, asOptional } from '../../redis/decode.js';

/** What a subscriber that reads too slowly gets of a channel. */
export const SLOW_CONSUMER_POLICIES = ['disconnect', 'drop-oldest', 'conflate'] as const;
export type SlowConsumerPolicy = (typeof SLOW_CONSUMER_POLICIES)[number];

/** Settings of a channel that nobody configured. The scripts have the first two, too. */
const DEFAULTS = { historySize: 1000, historyTtlMs: 600_000, slowConsumer: 'disconnect' } as const;

export interface ChannelSettings {
  /** How many messages are kept. */
  readonly historySize: number;
  /** How long a message is kept. */
  readonly historyTtlMs: number;
  readonly slowConsumer: SlowConsumerPolicy;
}

/** The settings that `fields` hold, and the defaults for the others. */
export function settingsOf(fields: ReadonlyMap<string, string>): ChannelSettings {
  const policy = fields.get('slowConsumer');
  return {
    historySize: asOptional(fields.get('historySize'), asNumber) ?? DEFAULTS.historySize,
    historyTtlMs: asOptional(fields.get('historyTtlMs'), asNumber) ?? DEFAULTS.historyTtlMs,
    slowConsumer: SLOW_CONSUMER_POLICIES.find((known) => known === policy) ?? DEFAULTS.slowConsumer,
  };
}
