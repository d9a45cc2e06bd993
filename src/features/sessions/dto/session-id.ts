import { sessionNotFound } from '../sessions.errors.js';
import { SESSION_ID } from '../sessions.ids.js';
import type { SessionPath } from './session.dto.js';

/**
 * A path that may name a session. Anything else may be a token, and is not handed on to where ids are logged.
 * @throws AppError `sessions.not-found`
 */
export function withSessionId(path: SessionPath): SessionPath {
  if (!SESSION_ID.test(path.sessionId)) throw sessionNotFound();
  return path;
}
