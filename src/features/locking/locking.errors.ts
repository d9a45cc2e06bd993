import { AppError } from '../../errors/app-error.js';
import { serviceErrors } from '../../errors/core.errors.js';
import { defineErrors } from '../../errors/define-errors.js';
import type { HolderNow } from './locking.scripts.js';

const definitions = defineErrors('locking', {
  held: ['locked', 'Somebody else holds what was asked for'],
  lost: ['conflict', 'The lock is not held any more'],
  'not-held': ['not-found', 'Nobody holds the resource'],
  'no-quorum': ['unavailable', 'Too few of the lock servers answered in time'],
});

/** Of what is not held, because others wait for it: when to ask again, in ms. */
const RETRY_AFTER_MS = 1000;

/** What stands before a place's name. */
export const LOCK_PLACE = 'lock:';
export const PERMIT_PLACE = 'permit:';

/** The resource whose lock, or semaphore, a place is. */
export const resourceOf = (place: string) => place.slice(place.indexOf(':') + 1);

export const held = (holders: readonly HolderNow[], freeInMs: number | undefined) =>
  new AppError(
    definitions.held,
    holders.length > 0
      ? 'It is not free; holders says who has it, and retryAfterMs when their time is up.'
      : 'Nobody has it, but others came before and wait for it.',
    {
      retryAfterMs: Math.max(1, freeInMs ?? RETRY_AFTER_MS),
      extensions: {
        holders: holders.map(({ place, owner, leftMs }) => ({
          resource: resourceOf(place),
          owner: owner === '' ? null : owner,
          expiresAt: new Date(Date.now() + leftMs).toISOString(),
        })),
      },
    },
  );

export const lost = () =>
  new AppError(
    definitions.lost,
    'It has expired, was released or broken, or never was; somebody else may have it.',
  );

export const notHeld = (resource: string) =>
  new AppError(definitions['not-held'], `Nobody holds ${resource}.`);

export const shuttingDown = () =>
  new AppError(serviceErrors['shutting-down'], 'The service is shutting down.', { retryable: true });

export const noQuorum = (detail: string, cause?: unknown) =>
  new AppError(definitions['no-quorum'], detail, { retryable: true, cause });

export const tooSlow = () =>
  noQuorum('The lock servers took longer to answer than the lock would have lasted.');
