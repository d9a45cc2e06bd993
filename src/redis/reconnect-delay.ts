const MAX_RECONNECT_DELAY_MS = 1000;

/** Delay before reconnection attempt number `attempt`, doubling from 50 ms. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS);
}
