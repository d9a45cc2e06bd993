import { randomBytes } from 'node:crypto';

const madeBy = randomBytes(9).toString('base64url');
let made = 0;

/** Tells one life of a resource from another of the same name, so that cursors and records do not cross over. */
export function newIncarnation(): string {
  return `${madeBy}-${(made++).toString(36)}`;
}
