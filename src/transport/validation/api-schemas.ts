import { MAX_IDENTITY_BYTES } from './rules.js';

/** What the rules beside it check, in the words of JSON Schema, for the OpenAPI document. */

/** As `IsName` checks it. */
export const nameSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 128,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]*$',
} as const;

/** As `IsIdentity` checks it; JSON Schema counts characters where the rule counts bytes. */
export const identitySchema = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_IDENTITY_BYTES,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]+$',
} as const;

/** Any JSON value, as `IsJsonDocument` checks it. */
export const documentSchema = {
  oneOf: [
    { type: 'object' },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'null' },
  ],
};

/** As `IsCount(minimum, maximum)` checks it. */
export const countSchema = (minimum: number, maximum: number) =>
  ({ type: 'integer', minimum, maximum }) as const;

/** An instant in an answer: ISO 8601, UTC, with milliseconds. */
export const instantSchema = { type: 'string', format: 'date-time' } as const;

/** A rank, a number of entries and the like in an answer. */
export const wholeSchema = (minimum: number) => ({ type: 'integer', minimum }) as const;
