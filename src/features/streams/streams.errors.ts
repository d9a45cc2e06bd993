import { AppError, type FieldError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('streams', {
  'stream-not-found': ['not-found', 'There is no such stream'],
  'group-not-found': ['not-found', 'The stream has no such consumer group'],
  'entry-not-found': ['not-found', 'The stream has no such entry'],
  'invalid-schema': ['invalid', 'The schema of the stream cannot be used'],
  'schema-violation': ['invalid', 'The data does not match the schema of the stream'],
  'too-many-groups': ['conflict', 'The stream has as many consumer groups as it may have'],
  changing: ['unavailable', 'The stream is changing'],
});

export const streamNotFound = (stream: string) =>
  new AppError(definitions['stream-not-found'], `There is no stream ${stream}.`);

export const groupNotFound = (group: string) =>
  new AppError(definitions['group-not-found'], `The stream has no group ${group}.`);

export const entryNotFound = (id: string) =>
  new AppError(definitions['entry-not-found'], `The stream has no entry ${id}.`);

export const invalidSchema = (detail: string) =>
  new AppError(definitions['invalid-schema'], `The schema cannot be used: ${detail}.`, {
    errors: [{ pointer: '/schema', detail }],
  });

export const schemaViolation = (errors: readonly FieldError[]) =>
  new AppError(definitions['schema-violation'], 'The data does not match the schema of the stream.', {
    errors,
  });

export const tooManyGroups = (limit: number) =>
  new AppError(definitions['too-many-groups'], `A stream has at most ${limit} consumer groups.`);

export const streamChanging = () =>
  new AppError(definitions.changing, 'The stream is changing; the request had no effect.', {
    retryable: true,
  });
