import { expect } from 'vitest';
import type { DeclaredHandler } from '../../../src/access/endpoint-audit.js';
import type { MessageClient } from '../../support/message-client.js';
import type { ChannelNames } from './channel-names.js';
import type { JobNames } from './job-names.js';
import { type LockNames, SHORT_TTL_MS } from './lock-names.js';
import type { PayloadNames } from './pipeline-names.js';
import type { SessionNames } from './session-names.js';
import { callSocket } from './socket-call.js';
import type { StreamNames } from './stream-names.js';

/** The names that one call is about. */
export interface Names extends StreamNames, PayloadNames, ChannelNames, LockNames, SessionNames, JobNames {
  readonly board: string;
  readonly member: string;
  readonly season: string;
  /** An API key's id. */
  readonly id: string;
  /** A rate limit policy. */
  readonly policy: string;
}

/** What a call came to, over either transport; a message that succeeded counts as 200. */
export interface Outcome {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers freely
  readonly body: any;
  readonly headers: Headers;
}

/** What an operation needs besides the names in its path, so that it is valid. */
const BODIES: Readonly<Record<string, (names: Names) => object>> = {
  'leaderboards.boards.configure': () => ({ keepSeasons: 7 }),
  'leaderboards.submissions.create': ({ member }) => ({ member, score: 1 }),
  'leaderboards.submissions.batch': ({ member }) => ({ submissions: [{ member, score: 1 }] }),
  'leaderboards.entries.lookup': ({ member }) => ({ members: [member] }),
  'rate-limits.policies.put': () => ({ capacity: 9, refillTokens: 1, refillIntervalMs: 60_000 }),
  'rate-limits.buckets.consume': ({ member }) => ({ key: member }),
  'rate-limits.buckets.consume-all': ({ policy, member }) => ({ checks: [{ policy, key: member }] }),
  'access.keys.create': () => ({ name: 'made by a test', roles: [] }),
  'streams.streams.configure': () => ({ maxLength: 7 }),
  'streams.entries.append': ({ member }) => ({ data: { by: member } }),
  'streams.entries.batch': ({ member }) => ({ entries: [{ data: { by: member } }] }),
  'streams.groups.configure': () => ({ maxDeliveries: 7 }),
  'streams.groups.receive': ({ consumer }) => ({ consumer }),
  'streams.groups.ack': ({ consumer, entry }) => ({ consumer, ids: [entry] }),
  'streams.groups.nack': ({ consumer, entry }) => ({ consumer, ids: [entry] }),
  'streams.groups.extend': ({ consumer, entry }) => ({ consumer, ids: [entry] }),
  'streams.groups.commit': ({ consumer, entry, board, member, stream }) => ({
    consumer,
    items: [
      {
        id: entry,
        deliveries: 1,
        effects: [
          { kind: 'leaderboards.submit', board, member, score: 1 },
          { kind: 'streams.append', stream, data: { by: member } },
        ],
      },
    ],
  }),
  'streams.groups.seek': () => ({ to: 'begin' }),
  'streams.dead-letters.replay': ({ deadLetter }) => ({ ids: [deadLetter] }),
  'pipeline.payloads.process': ({ newPayload, member }) => ({ id: newPayload, by: member }),
  'pipeline.payloads.queue': ({ newPayload, member }) => ({ id: newPayload, by: member }),
  'pipeline.processor.configure': ({ active }) => ({ active }),
  'messaging.channels.configure': () => ({ historySize: 7 }),
  'messaging.messages.publish': ({ member }) => ({ data: { by: member } }),
  'messaging.messages.batch': ({ channel, member }) => ({ messages: [{ channel, data: { by: member } }] }),
  'locks.acquire': ({ newResource, member }) => ({
    resources: [newResource],
    ttlMs: SHORT_TTL_MS,
    owner: member,
  }),
  'locks.extend': () => ({ ttlMs: SHORT_TTL_MS }),
  'locks.permits.acquire': ({ member }) => ({ permits: 2, ttlMs: SHORT_TTL_MS, owner: member }),
  'locks.permits.extend': () => ({ ttlMs: SHORT_TTL_MS }),
  'jobs.create': ({ newJob, payload }) => ({
    kind: 'pipeline.process',
    payload: { id: payload },
    jobId: newJob,
    delayMs: 86_400_000,
  }),
  'sessions.create': ({ userId, member }) => ({ userId, data: { by: member } }),
  'sessions.current.patch': ({ member }) => ({ data: { by: member } }),
};

/** What a route needs in its query, so that it is valid. */
const QUERIES: Readonly<Record<string, (names: Names) => Record<string, string>>> = {
  'messaging.events.open': ({ channel }) => ({ channel, pattern: `${channel}*` }),
};

/** Operations on the session whose token they carry: in a header over HTTP, in the data of a message. */
const isOnSession = (operation: string) => operation.startsWith('sessions.current.');

/** Names that an operation's message takes; its route has them in its path. */
const MESSAGE_NAMES: Readonly<Record<string, readonly (keyof Names)[]>> = {
  'leaderboards.entries.get': ['board', 'member'],
  'leaderboards.entries.around': ['board', 'member'],
  'leaderboards.entries.delete': ['board', 'member'],
  'leaderboards.seasons.entries.list': ['board', 'season'],
  'leaderboards.seasons.entries.get': ['board', 'season', 'member'],
  'access.keys.get': ['id'],
  'access.keys.delete': ['id'],
  'access.keys.rotate': ['id'],
  'pipeline.payloads.get': ['id'],
  'streams.entries.get': ['stream', 'id'],
  'streams.entries.delete': ['stream', 'id'],
  'locks.extend': ['lockId'],
  'locks.release': ['lockId'],
  'locks.permits.extend': ['resource', 'permitId'],
  'locks.permits.release': ['resource', 'permitId'],
  'sessions.delete': ['sessionId'],
  ...Object.fromEntries(['get', 'retry', 'cancel'].map((verb) => [`jobs.${verb}`, ['id'] as const])),
  ...Object.fromEntries(
    [
      ...['configure', 'get', 'delete', 'receive', 'ack', 'nack', 'extend', 'commit', 'seek'].map(
        (verb) => `groups.${verb}`,
      ),
      ...['list', 'replay', 'delete'].map((verb) => `dead-letters.${verb}`),
    ].map((operation) => [`streams.${operation}`, ['stream', 'group'] as const]),
  ),
};

/** What an operation's `id` is that of, by what its name begins with, if it is no API key. */
const IDS: readonly (readonly [begin: string, name: keyof Names])[] = [
  ['streams.entries.', 'entry'],
  ['pipeline.payloads.', 'payload'],
  ['jobs.', 'job'],
];

/** Sends a valid request to `handler`, with `token` as the credential. */
export async function callHandler(
  handler: DeclaredHandler,
  names: Names,
  target: { url: string; messages: MessageClient },
  token: string | undefined,
): Promise<Outcome> {
  return handler.transport === 'http'
    ? await callRoute(handler, names, target.url, token)
    : await callPattern(handler, names, target.messages, token);
}

async function callRoute(
  handler: DeclaredHandler,
  names: Names,
  url: string,
  token: string | undefined,
): Promise<Outcome> {
  const operation = operationOf(handler);
  const [method = '', template = ''] = handler.address.split(' ');
  const path = template.replace(/:(\w+)/g, (_all, field: string) =>
    encodeURIComponent(nameOf(names, field, operation)),
  );
  if (operation === 'messaging.socket.open') return await callSocket(`${url}${path}`, token);
  const body = BODIES[operation]?.(names);
  const query = new URLSearchParams(QUERIES[operation]?.(names)).toString();
  const leave = new AbortController();
  const response = await fetch(`${url}${path}${query && `?${query}`}`, {
    method,
    signal: leave.signal,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(isOnSession(operation) ? { 'session-token': names.sessionToken } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    const first = await response.body?.getReader().read();
    leave.abort();
    return {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(first?.value ?? []).toString(),
    };
  }
  const text = await response.text();
  const parsed: unknown = type.includes('json') ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: parsed };
}

async function callPattern(
  handler: DeclaredHandler,
  names: Names,
  messages: MessageClient,
  token: string | undefined,
): Promise<Outcome> {
  const operation = operationOf(handler);
  const fields = MESSAGE_NAMES[operation] ?? resourceOf(handler);
  const data = {
    ...Object.fromEntries(fields.map((field) => [field, nameOf(names, field, operation)])),
    ...BODIES[operation]?.(names),
    ...(isOnSession(operation) ? { sessionToken: names.sessionToken } : {}),
  };
  const auth = token === undefined ? {} : { auth: token };
  try {
    const body: unknown = await messages.send(handler.address, data, auth);
    return { status: 200, headers: new Headers(), body };
  } catch (error) {
    // Anything but a problem object (a timeout, say) has no status, and fails the comparison that follows.
    expect(error).toHaveProperty('status');
    const problem = error as { status: number };
    return { status: problem.status, headers: new Headers(), body: problem };
  }
}

function operationOf({ endpoint, address }: DeclaredHandler): string {
  return endpoint === 'public' ? address : endpoint.name;
}

function resourceOf({ endpoint }: DeclaredHandler): string[] {
  return endpoint !== 'public' && endpoint.resource !== undefined ? [endpoint.resource] : [];
}

function nameOf(names: Names, field: string, operation: string): string {
  const [, ofId = field] = field === 'id' ? (IDS.find(([begin]) => operation.startsWith(begin)) ?? []) : [];
  const name: unknown = Reflect.get(names, ofId);
  if (typeof name !== 'string') throw new Error(`the matrix has no value for the path parameter ${field}`);
  return name;
}
