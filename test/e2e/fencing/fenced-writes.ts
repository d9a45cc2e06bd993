/** The names that a write may be about. */
export interface Names {
  readonly board: string;
  readonly member: string;
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  /** A stream's entry that the consumer has not acknowledged. */
  readonly id: string;
  readonly deadLetter: string;
  readonly channel: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly sessionToken: string;
}

/** What keeps tokens of its own. */
export type TargetKind = 'board' | 'stream' | 'channel' | 'session';

/** A valid write; what its route has in the path is in `Names`. */
export interface FencedWrite {
  readonly operation: string;
  readonly target: TargetKind;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: (names: Names) => object;
}

const row = (
  target: TargetKind,
  operation: string,
  body?: (names: Names) => object,
  query?: Readonly<Record<string, string>>,
): FencedWrite => ({ operation, target, ...(body ? { body } : {}), ...(query ? { query } : {}) });

const delivery = ({ consumer, id }: Names) => ({ consumer, ids: [id] });

/** Every operation that takes a fence, and each way in which one of them writes. */
export const FENCED_WRITES: readonly FencedWrite[] = [
  row('board', 'leaderboards.boards.configure', () => ({ keepSeasons: 1, capacity: 1, denseRanks: true })),
  row('board', 'leaderboards.boards.delete'),
  row('board', 'leaderboards.submissions.create', () => ({ member: 'z', score: 1, operator: 'increment' })),
  row('board', 'leaderboards.submissions.batch', () => ({ submissions: [{ member: 'z', score: 1 }] })),
  row('board', 'leaderboards.entries.delete'),
  row('board', 'leaderboards.entries.delete', undefined, { seasons: 'all' }),
  row('board', 'leaderboards.seasons.close'),
  row('stream', 'streams.streams.configure', () => ({ maxLength: 1 })),
  row('stream', 'streams.streams.delete'),
  row('stream', 'streams.entries.append', () => ({ data: 'z' })),
  row('stream', 'streams.entries.batch', () => ({ entries: [{ data: 'z' }] })),
  row('stream', 'streams.entries.delete'),
  row('stream', 'streams.groups.configure', () => ({ maxDeliveries: 7 })),
  row('stream', 'streams.groups.delete'),
  row('stream', 'streams.groups.receive', () => ({ consumer: 'zoe', limit: 1 })),
  row('stream', 'streams.groups.ack', delivery),
  row('stream', 'streams.groups.nack', delivery),
  row('stream', 'streams.groups.extend', delivery),
  row('stream', 'streams.groups.commit', ({ consumer, id }) => ({
    consumer,
    items: [{ id, deliveries: 1, effects: [] }],
  })),
  row('stream', 'streams.groups.seek', () => ({ to: 'begin' })),
  row('stream', 'streams.dead-letters.replay', ({ deadLetter }) => ({ ids: [deadLetter] })),
  row('stream', 'streams.dead-letters.delete'),
  row('channel', 'messaging.channels.configure', () => ({ historySize: 1 })),
  row('channel', 'messaging.messages.publish', () => ({ data: 'z' })),
  row('channel', 'messaging.messages.batch', ({ channel }) => ({
    messages: [
      { channel, data: 'y' },
      { channel, data: 'z' },
    ],
  })),
  row('session', 'sessions.create', ({ userId }) => ({ userId })),
  row('session', 'sessions.current.patch', () => ({ data: { z: 1 } })),
  row('session', 'sessions.current.rotate'),
  row('session', 'sessions.current.delete'),
  row('session', 'sessions.delete'),
  row('session', 'sessions.users.delete'),
];
