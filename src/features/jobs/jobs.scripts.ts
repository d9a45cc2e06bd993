import { asRows, asNumber, asText, asTextList } from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';

const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);

/** Where a job stands in a sorted set. */
export interface Place {
  readonly id: string;
  readonly score: number;
}

export const readListScript = defineScript({
  file: file('read-list'),
  keys: ['jobs'],
  args: ['after', 'limit'],
  decode: asTextList,
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
