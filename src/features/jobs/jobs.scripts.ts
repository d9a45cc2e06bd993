import { asNumber, asOptional, asRows, asText, asTextList } from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';

const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);

/** Where a page of a list ends: jobs have no order there but that they stand in. */
export interface Gap {
  /** How many jobs were taken before it when it was marked. */
  readonly depth: number;
  /** The job that came next; '' if it is not known. */
  readonly next: string;
  /** Those that came before it, the last one first. */
  readonly after: readonly string[];
}

/** Where a job stands in a sorted set. */
export interface Place {
  readonly id: string;
  readonly score: number;
}

export const readListScript = defineScript({
  file: file('read-list'),
  keys: ['jobs'],
  args: ['limit', 'depth', 'next'],
  rest: 'after',
  decode: (reply) => asOptional(reply, asTextList),
});

export const readSetScript = defineScript({
  file: file('read-set'),
  keys: ['jobs'],
  args: ['score', 'id', 'limit', 'order'],
  decode: (reply): Place[] =>
    asRows(reply, 2).map(([id, score]) => ({ id: asText(id), score: asNumber(score) })),
});

export const registerTenantScript = defineScript({
  file: file('register-tenant'),
  keys: ['tenants'],
  args: ['tenant'],
  decode: (reply) => asNumber(reply) === 1,
});

export const retireTenantScript = defineScript({
  file: file('retire-tenant'),
  keys: ['tenants'],
  args: ['tenant', 'idleMs'],
  decode: (reply) => asNumber(reply) === 1,
});

export const resealJobScript = defineScript({
  file: file('reseal-job'),
  keys: ['job'],
  args: ['field', 'before', 'after'],
  decode: (reply) => asNumber(reply) === 1,
});
