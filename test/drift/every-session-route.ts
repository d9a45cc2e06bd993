import type { Sender } from './every-stream-route.js';

const CURRENT = '/v1/sessions/current';
const USER = '/v1/users/%40scope%2Fada/sessions';
const U = '/v1/users/:userId/sessions';

/**
 * Sends at least one request to every route of sessions, so that each kind of key is written: sessions of one user, ended ones,
 * what a keyed request was answered, a fence. `around` does that.
 */
export async function requestEverySessionRoute(
  { send }: Pick<Sender, 'send'>,
  around: (work: () => Promise<void>) => Promise<void> = (work) => work(),
): Promise<void> {
  await around(() => requestAll(send));
}

async function requestAll(send: Sender['send']): Promise<void> {
  const keyed = (key: string) => ({ 'idempotency-key': key });
  const begin = async (body: object = {}, headers: Record<string, string> = {}) => {
    const session = { userId: '@scope/ada', ...body };
    const { body: answer } = await send('POST /v1/sessions', '/v1/sessions', session, headers);
    return { token: { 'session-token': String(answer.token) }, id: String(answer.session.sessionId) };
  };
  const { token } = await begin({ data: { cart: [1] }, device: { name: 'a phone' } }, keyed('session-1'));
  await send('GET /v1/sessions/current', CURRENT, undefined, token);
  await send('PATCH /v1/sessions/current', CURRENT, { data: { cart: null } }, token);
  const fenced = { ...token, fence: 'sessions=1' };
  await send('PATCH /v1/sessions/current', CURRENT, { name: 'Ada' }, fenced);
  const rotated = { ...token, ...keyed('rotate-session-1') };
  await send('POST /v1/sessions/current/rotate', `${CURRENT}/rotate`, undefined, rotated);
  const other = await begin({ device: 'a desk', idleTtlMs: 60_000, absoluteTtlMs: 120_000 });
  await send(`GET ${U}`, `${USER}?limit=1`);
  await send('DELETE /v1/sessions/current', CURRENT, undefined, token);
  await send('DELETE /v1/sessions/:sessionId', `/v1/sessions/${other.id}`);
  const { id } = await begin();
  await begin();
  await send(`DELETE ${U}`, `${USER}?except=${id}`);
}
