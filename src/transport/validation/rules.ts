import { ValidateBy, ValidateIf } from 'class-validator';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
// C0 and C1 controls and DEL.
// eslint-disable-next-line no-control-regex -- refusing control characters is what this is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

export const MAX_IDENTITY_BYTES = 256;
export const MAX_DOCUMENT_BYTES = 65_536;

/** 1–128 of `A-Z a-z 0-9 . _ : -`, beginning with a letter or a digit. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

/** 1–256 UTF-8 bytes without control characters or lone surrogates. */
export function isIdentity(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_IDENTITY_BYTES &&
    value.isWellFormed() &&
    !CONTROL.test(value) &&
    Buffer.byteLength(value) <= MAX_IDENTITY_BYTES
  );
}

export function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isJsonDocument(value);
}

/** Any JSON value of at most `MAX_DOCUMENT_BYTES` that UTF-8 can hold. */
function isJsonDocument(value: unknown): boolean {
  if (value === undefined) return false;
  const text = JSON.stringify(value);
  // JSON.stringify escapes a lone surrogate, which UTF-8 cannot hold; an escaped backslash may stand before any text.
  return Buffer.byteLength(text) <= MAX_DOCUMENT_BYTES && !/\\ud[89a-f]/.test(text.replaceAll('\\\\', ''));
}

/** The field may be left out. Unlike with `IsOptional` of class-validator, null is checked as any other value. */
export const MayBeLeftOut = () => ValidateIf((_object, value) => value !== undefined);

export const IsName = (options?: { each?: boolean }) =>
  ValidateBy(
    {
      name: 'isName',
      validator: {
        validate: isName,
        defaultMessage: () => 'must be 1 to 128 of A-Z a-z 0-9 . _ : - and begin with a letter or a digit',
      },
    },
    options,
  );

export const IsIdentity = (options?: { each?: boolean }) =>
  ValidateBy(
    {
      name: 'isIdentity',
      validator: {
        validate: isIdentity,
        defaultMessage: () => 'must be 1 to 256 bytes of UTF-8 without control characters',
      },
    },
    options,
  );

export const IsJsonObject = () =>
  ValidateBy({
    name: 'isJsonObject',
    validator: {
      validate: isJsonObject,
      defaultMessage: () => `must be a JSON object of at most ${MAX_DOCUMENT_BYTES} bytes`,
    },
  });

export const IsJsonDocument = () =>
  ValidateBy({
    name: 'isJsonDocument',
    validator: {
      validate: isJsonDocument,
      defaultMessage: () => `must be a JSON value of at most ${MAX_DOCUMENT_BYTES} bytes`,
    },
  });

/** A list without a value twice. `ArrayUnique` compares each with each, which for a body of 1 MiB takes minutes. */
export const IsDistinct = () =>
  ValidateBy({
    name: 'isDistinct',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && new Set(value).size === value.length,
      defaultMessage: () => 'must not have a value twice',
    },
  });

/** The name of `IsCount` among class-validator's rules. */
export const COUNT = 'isCount';

/** A whole number between `min` and `max`. */
export const IsCount = (min: number, max: number) =>
  ValidateBy({
    name: COUNT,
    validator: {
      validate: (value: unknown) =>
        Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
      defaultMessage: () => `must be a whole number from ${min} to ${max}`,
    },
  });
