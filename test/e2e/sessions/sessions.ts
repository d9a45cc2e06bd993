import type { Answer, ApiClient } from '../../support/api-client.js';

export const SESSIONS = '/v1/sessions';
export const CURRENT = '/v1/sessions/current';

export const sessionsOf = (userId: string) => `/v1/users/${encodeURIComponent(userId)}/sessions`;

export const withToken = (token: string) => ({ 'session-token': token });

/** What a session is asked for under its token. */
export class SessionClient {
  constructor(
    private readonly api: ApiClient,
    readonly token: string,
  ) {}

  read(): Promise<Answer> {
    return this.api.get(CURRENT, withToken(this.token));
  }

  patch(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.api.send('PATCH', CURRENT, body, { ...withToken(this.token), ...headers });
  }

  rotate(headers: Record<string, string> = {}): Promise<Answer> {
    return this.api.post(`${CURRENT}/rotate`, undefined, { ...withToken(this.token), ...headers });
  }

  end(): Promise<Answer> {
    return this.api.delete(CURRENT, withToken(this.token));
  }
}

let users = 0;

/** A user that no test has had. */
export function newUser(): string {
  users++;
  return `user-${users}@${Math.random().toString(36).slice(2)}`;
}
