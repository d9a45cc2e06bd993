import { AppError } from './app-error.js';

const MAX_BYTES = 200;

/** Why something failed, in one line of at most 200 bytes, for whoever looks after it. */
export function reasonOf(error: unknown): string {
  const line = textOf(error)
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, ' ');
  // A character that is cut in two is left out.
  return Buffer.from(line).subarray(0, MAX_BYTES).toString().replaceAll('\ufffd', '') || 'failed';
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An expected error says by its code what it is; of a given-up entry the message says all.
  return error instanceof AppError || error.name === 'GiveUpError'
    ? error.message
    : `${error.name}: ${error.message}`;
}

/** What an error says, or whatever was thrown in its place. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
