import { asNumber, asOptional } from '../../redis/decode.js';

type Fields = ReadonlyMap<string, string>;

/** A setting that may be unset. */
export const numberAt = (fields: Fields, name: string): number | null =>
  asOptional(fields.get(name), asNumber) ?? null;

export const instant = (ms: number): string => new Date(ms).toISOString();

/** When an entry was appended: the first part of its id. */
export const appendedAt = (id: string): string => instant(Number(id.split('-')[0]));

/** What a request or an effect appended as JSON. */
export function parsedData(json: string): unknown {
  return JSON.parse(json);
}

/** `{key}` if there is one: entries without a key show none. */
export const keyOf = (key: string | undefined): { key?: string } => (key === undefined ? {} : { key });
