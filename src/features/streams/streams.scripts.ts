import {
  asList,
  asNumber,
  asOptional,
  asRows,
  asText,
  asTextList,
  type Reply,
  UnexpectedReplyError,
} from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';

export const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);

export const STREAM_KEYS = ['info', 'entries', 'removed'] as const;
/** Replies that a script can give instead of its own. */
const refusals = [
  { outcome: 'missing' },
  { outcome: 'no-group' },
  { outcome: 'absent' },
  { outcome: 'reused' },
  { outcome: 'late' },
  { outcome: 'other-schema' },
  { outcome: 'stale' },
  { outcome: 'too-many' },
  { outcome: 'has-groups' },
] as const;
type Refusal = (typeof refusals)[number];

export interface Entry {
  readonly id: string;
  /** JSON. */
  readonly data: string;
  readonly key: string | undefined;
}

/** What `others` makes of a reply, by its first word, or one of the refusals that every script can give. */
export function byOutcome<T>(
  reply: Reply,
  others: Readonly<Record<string, (values: readonly Reply[]) => T>>,
): T | Refusal {
  const [first, ...values] = asList(reply);
  const word = asText(first);
  const decode = others[word];
  if (decode) return decode(values);
  const refusal = refusals.find(({ outcome }) => outcome === word);
  if (refusal === undefined)
    throw new UnexpectedReplyError(`one of ${Object.keys(others).join(', ')}`, reply);
  return refusal;
}

export const isOne = (reply: Reply): boolean => asNumber(reply) === 1;
export const filled = (reply: Reply): string | undefined => asText(reply) || undefined;

export const appendScript = defineScript({
  file: file('append'),
  keys: [...STREAM_KEYS, 'operation', 'watch'],
  args: ['fingerprint', 'ttlMs', 'channel', 'incarnation', 'checked', 'notAfter'],
  rest: 'rows',
  decode: (reply) => {
    const appended =
      (replayed: boolean) =>
      ([indexed, ids]: readonly Reply[]) =>
        ({ outcome: 'appended', replayed, indexed: isOne(indexed), ids: asTextList(ids) }) as const;
    return byOutcome(reply, { appended: appended(false), replayed: appended(true) });
  },
});

export const readRangeScript = defineScript({
  file: file('read-range'),
  keys: STREAM_KEYS,
  args: ['from', 'to', 'order', 'limit', 'maxBytes', 'incarnation'],
  decode: (reply) =>
    byOutcome(reply, {
      range: ([incarnation, rows, more]) =>
        ({
          outcome: 'range',
          incarnation: asText(incarnation),
          entries: asRows(rows, 3).map(([id, data, key]) => ({
            id: asText(id),
            data: asText(data),
            key: filled(key),
          })),
          more: isOne(more),
        }) as const,
    }),
});

export const removeEntryScript = defineScript({
  file: file('remove-entry'),
  keys: STREAM_KEYS,
  args: ['id'],
  decode: (reply) => byOutcome(reply, { removed: () => ({ outcome: 'removed' }) as const }),
});

export const configured = ([created, indexed]: readonly Reply[]) =>
  ({ outcome: 'configured', created: isOne(created), indexed: isOne(indexed) }) as const;

export const configureStreamScript = defineScript({
  file: file('configure-stream'),
  keys: STREAM_KEYS,
  args: ['incarnation'],
  rest: 'settings',
  decode: (reply) => byOutcome(reply, { configured }),
});

export const fieldsOf = (reply: Reply) =>
  new Map(asRows(reply, 2).map(([field, value]) => [asText(field), asText(value)]));

export const readStreamScript = defineScript({
  file: file('read-stream'),
  keys: [...STREAM_KEYS, 'groups'],
  args: [],
  decode: (reply) =>
    byOutcome(reply, {
      stream: ([settings, length, firstId, groups]) =>
        ({
          outcome: 'stream',
          settings: fieldsOf(settings),
          length: asNumber(length),
          firstId: asOptional(firstId, asText),
          groups: asTextList(groups),
        }) as const,
    }),
});

export const deleteStreamScript = defineScript({
  file: file('delete-stream'),
  keys: [...STREAM_KEYS, 'groups', 'watch'],
  args: ['channel'],
  decode: (reply) => byOutcome(reply, { deleted: () => ({ outcome: 'deleted' }) as const }),
});
