import { AppError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('sessions', {
  'no-token': ['unauthenticated', 'The request carries no session token'],
  'invalid-token': ['unauthenticated', 'The session token is not valid, or not any more'],
  refused: ['unauthenticated', 'What is stored of the session was changed, or cannot be decrypted'],
  'not-found': ['not-found', 'There is no such session'],
  'version-conflict': ['stale', 'The session has another version'],
  'already-rotated': ['conflict', 'The session has a newer token'],
  'too-many': ['conflict', 'The user has as many sessions as allowed'],
  contended: ['unavailable', 'The session is being written by too many at once'],
});

export const noToken = () =>
  new AppError(definitions['no-token'], 'Send the token of a session in Session-Token (sessionToken).');

/** Whether there never was such a session, it has ended, or the token is another: who asks learns that it gives nothing. */
export const invalidToken = () =>
  new AppError(definitions['invalid-token'], 'No session answers to this token: it has ended, or never was.');

export const refused = () =>
  new AppError(definitions.refused, 'The session is not what was stored, and is not shown.');

/** Whether there is no session for a token, or none that may be shown. */
export const isGone = (error: unknown) =>
  error instanceof AppError &&
  (error.definition === definitions.refused || error.definition === definitions['invalid-token']);

export const sessionNotFound = () => new AppError(definitions['not-found'], 'It has ended, or never was.');

export const versionConflict = (version: number) =>
  new AppError(
    definitions['version-conflict'],
    'Read the session again, and send the patch for what it is.',
    {
      extensions: { version },
    },
  );

export const alreadyRotated = () =>
  new AppError(definitions['already-rotated'], 'Use the token that the rotation gave.');

export const tooMany = (most: number) =>
  new AppError(definitions['too-many'], `The user has ${most} sessions already; end one of them.`);

export const contended = () =>
  new AppError(definitions.contended, 'It was written by others each time before it could be.', {
    retryable: true,
  });
