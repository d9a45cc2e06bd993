import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Caller } from '../../../src/access/caller.js';
import type { LiveConnection } from '../../../src/transport/live/live-connection.js';
import { LiveConnections } from '../../../src/transport/live/live-connections.js';
import { LiveHarness } from './harness.js';

const HEARTBEAT_MS = 15_000;

/** A connection to nobody that keeps what is done with it. */
class Recorder implements LiveConnection {
  readonly kind = 'sse';
  readonly queuedBytes = 0;
  readonly isFull = false;
  isClosed = false;
  heartbeats = 0;
  readonly ends: unknown[] = [];
  private listener: () => void = () => undefined;

  onClose(listener: () => void): void {
    this.listener = listener;
  }

  onDrain(): void {}

  writeFrames(): void {}

  heartbeat(): void {
    this.heartbeats += 1;
  }

  end(...how: unknown[]): void {
    this.ends.push(how);
    this.close();
  }

  close(): void {
    this.isClosed = true;
    this.listener();
  }
}

let live: LiveHarness;
let connections: LiveConnections;

beforeAll(async () => {
  live = await LiveHarness.start();
  connections = live.service.application.nest.get(LiveConnections);
  // Their one timer begins with the first connection.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => vi.clearAllTimers());
afterAll(async () => {
  vi.useRealTimers();
  await live?.stop();
});

function add(count: number): Recorder[] {
  const caller = Caller.inProcess('recorded');
  return Array.from({ length: count }, () => {
    const recorder = new Recorder();
    connections.reserve(caller);
    connections.add(recorder, caller, undefined);
    return recorder;
  });
}

const beats = (recorders: readonly Recorder[]) => recorders.map(({ heartbeats }) => heartbeats);

describe('live connections', () => {
  it('each have a heartbeat every 15 s, not all at once, by one timer that ends with the last of them', () => {
    const recorders = add(600);
    expect(vi.getTimerCount()).toBe(1);
    const perTick: number[] = [];
    for (let at = 0; at < HEARTBEAT_MS; at += 100) {
      const before = beats(recorders).reduce((sum, count) => sum + count, 0);
      vi.advanceTimersByTime(100);
      perTick.push(beats(recorders).reduce((sum, count) => sum + count, 0) - before);
    }
    expect(new Set(beats(recorders))).toEqual(new Set([1]));
    expect(Math.max(...perTick)).toBe(4);
    const [first, ...others] = recorders;
    first?.close();
    vi.advanceTimersByTime(2 * HEARTBEAT_MS);
    expect(first?.heartbeats).toBe(1);
    expect(new Set(beats(others))).toEqual(new Set([3]));
    for (const recorder of others) recorder.close();
    expect(vi.getTimerCount()).toBe(0);
    add(1)[0]?.close();
  });

  it('are not added without a place', () => {
    const caller = Caller.inProcess('unreserved');
    expect(() => connections.add(new Recorder(), caller, undefined)).toThrow('nothing was taken');
  });

  it('all end at shutdown', () => {
    const recorders = add(3);
    connections.beforeApplicationShutdown();
    for (const { ends } of recorders) expect(ends).toEqual([['the service is shutting down', 1000, 1012]]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
