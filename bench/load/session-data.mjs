import { randomBytes } from 'node:crypto';
import { digits } from '../support/services-in-process.mjs';

/** As long as the service's own sessions last without use. */
export const IDLE_MS = 1_800_000;
/** As express-session makes its ids. */
const SID_BYTES = 24;
const ROWS = 8;
const cart = Array.from({ length: ROWS }, (_row, at) => ({
  sku: `SKU-${10_000 + 37 * at}`,
  quantity: 1 + (at % 3),
  cents: 1999 + 250 * at,
}));
const preferences = { language: 'en-GB', currency: 'GBP', theme: 'dark', density: 'compact', mails: false };

export const userOf = (number) => `user-${digits(number, 8)}`;
const csrfOf = (number) => digits(number, 8).repeat(4);

/** What an application keeps in the session `number`, about 600 bytes of JSON; `visits` is what changes. */
export function sessionData(number, visits = 0) {
  const id = userOf(number);
  return {
    user: { id, name: 'Ada Lovelace', email: `${id}@example.com`, roles: ['customer'] },
    csrf: csrfOf(number),
    visits,
    cart,
    preferences,
  };
}

/** An id and a session as express-session has them. */
export const newSid = () => randomBytes(SID_BYTES).toString('base64url');
export const newSession = (number) => ({
  cookie: { originalMaxAge: IDLE_MS, expires: cookieEnd(), httpOnly: true, path: '/' },
  ...sessionData(number),
});
/** When the cookie of a session ends that is used now. */
export const cookieEnd = () => new Date(Date.now() + IDLE_MS);

/**
 * Cheap, because whoever is measured pays for it.
 * @throws Error if `data` is not that of the session `number` after so many visits
 */
export function requireData(data, number, visits) {
  if (data?.csrf !== csrfOf(number) || data.user?.id !== userOf(number))
    throw new Error('the data of another session');
  if (data.visits !== visits) throw new Error('not the last change');
  if (data.cart?.length !== ROWS || data.cart[ROWS - 1].cents !== cart[ROWS - 1].cents)
    throw new Error('a part of the data is missing');
}
