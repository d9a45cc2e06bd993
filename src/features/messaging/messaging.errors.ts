import { AppError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('messaging', {
  'too-many-subscriptions': ['rate-limited', 'Too many subscriptions are open'],
  'too-many-channels': ['invalid', 'The pattern has more channels than one connection may follow'],
  'not-subscribed': ['not-found', 'The connection has no such subscription'],
  'already-subscribed': ['conflict', 'The connection has this subscription already'],
});

const RETRY_AFTER_MS = 1000;

export const tooManySubscriptions = (whose: string, limit: number) =>
  new AppError(
    definitions['too-many-subscriptions'],
    `The ${whose} has at most ${limit} subscriptions here.`,
    {
      retryAfterMs: RETRY_AFTER_MS,
    },
  );

export const tooManyChannels = (pattern: string, limit: number) =>
  new AppError(definitions['too-many-channels'], `The pattern ${pattern} has more than ${limit} channels.`);

export const notSubscribed = (name: string) =>
  new AppError(definitions['not-subscribed'], `The connection has no subscription to ${name}.`);

export const alreadySubscribed = (name: string) =>
  new AppError(definitions['already-subscribed'], `The connection has a subscription to ${name} already.`);
