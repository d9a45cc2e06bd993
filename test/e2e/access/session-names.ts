import { expect } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';

/** A user, and a session of theirs. */
export interface SessionNames {
  readonly userId: string;
  readonly sessionId: string;
  readonly sessionToken: string;
}

/** Of a session that nobody was given. */
export const NO_SESSION = {
  sessionId: `00${'0'.repeat(32)}`,
  sessionToken: `fs_00${'0'.repeat(32)}_${'0'.repeat(43)}`,
};

export async function freshSession(client: ApiClient, userId: string, data: object): Promise<SessionNames> {
  const { status, body } = await client.post('/v1/sessions', { userId, data, device: data });
  expect(status, JSON.stringify(body)).toBe(201);
  return { userId, sessionId: String(body.session.sessionId), sessionToken: String(body.token) };
}
