import { randomBytes } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { ApiClient } from '../../support/api-client.js';
import type { Topology } from '../../support/topology.js';
import { newUser, SessionClient, SESSIONS } from '../sessions/sessions.js';

/** A key of the ring, as SESSION_KEYS names it. */
export const newKey = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

/** A session of these tests, and the fields that patches of it were acknowledged for. */
export interface PatchedSession {
  readonly id: string;
  readonly token: string;
  readonly acknowledged: string[];
}

/** Begins `count` sessions, of which each user has `each`; `canary` stands in their data. */
export async function beginSessions(
  client: ApiClient,
  count: number,
  canary: string,
  each = 1,
): Promise<PatchedSession[]> {
  const sessions: PatchedSession[] = [];
  let userId = newUser();
  const requests = Array.from({ length: count }, (_, at) => {
    if (at % each === 0) userId = newUser();
    return { userId, data: { canary } };
  });
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let body = requests.shift(); body !== undefined; body = requests.shift()) {
        const answer = await client.post(SESSIONS, body);
        if (answer.status !== 201) throw new Error(`a session was answered ${answer.status}`);
        const { token, session } = answer.body as { token: string; session: { sessionId: string } };
        sessions.push({ id: session.sessionId, token, acknowledged: [] });
      }
    }),
  );
  return sessions;
}

let patches = 0;

/** Adds a field of its own to the session; its status. */
export async function patch(client: ApiClient, session: PatchedSession): Promise<number> {
  const field = `patch${patches++}`;
  const { status } = await new SessionClient(client, session.token).patch({ [field]: true });
  if (status === 200) session.acknowledged.push(field);
  return status;
}

/** How many sessions cannot be read, or lack a patch that was acknowledged. */
export async function damaged(client: ApiClient, sessions: readonly PatchedSession[]): Promise<number> {
  const rest = [...sessions];
  let count = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let session = rest.shift(); session !== undefined; session = rest.shift()) {
        const { status, body } = await new SessionClient(client, session.token).read();
        const data = (status === 200 ? body.data : {}) as Record<string, unknown>;
        if (![...session.acknowledged, 'canary'].every((field) => field in data)) count++;
      }
    }),
  );
  return count;
}

/** Where the sessions of one owner lie, and the field of its box. */
export function placeOfBox(id: string): { readonly sessions: string; readonly live: string; field: string } {
  const bucket = `fulcrum:default:{sessions:${id.slice(0, 2)}}`;
  return {
    sessions: `${bucket}:sessions:${id.slice(2, 18)}`,
    live: `${bucket}:live`,
    field: `${id.slice(18)}b`,
  };
}

/** How many sealed values of all sessions and boards are under which key. */
export async function keysInUse(topology: Topology): Promise<Record<string, number>> {
  const client = topology.connect();
  try {
    const counts: Record<string, number> = {};
    for (const key of await topology.keys()) {
      for (const value of await sealedIn(client, key)) {
        const id = /^enc1:([^:]+):/.exec(value)?.[1] ?? 'none';
        counts[id] = (counts[id] ?? 0) + 1;
      }
    }
    return counts;
  } finally {
    client.disconnect();
  }
}

async function sealedIn(client: Redis | Cluster, key: string): Promise<string[]> {
  if (key.includes(':{leaderboards:') && key.endsWith(':metadata')) return await client.hvals(key);
  if (!/\{sessions:[0-9a-f]{2}\}:sessions:/.test(key)) return [];
  return Object.entries(await client.hgetall(key)).flatMap(([field, value]) =>
    field.length === 17 && field.endsWith('b') ? [value] : [],
  );
}
