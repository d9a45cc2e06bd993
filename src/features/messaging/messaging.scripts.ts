import {
  asList,
  asNumber,
  asRows,
  asText,
  asTextList,
  type Reply,
  UnexpectedReplyError,
} from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';
import type { Position } from './messaging.position.js';

const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);
const CHANNEL_KEYS = ['info', 'settings', 'history'] as const;

/** A message as it is kept. */
export interface KeptMessage {
  readonly offset: number;
  /** When it was published, in ms since 1970. */
  readonly at: number;
  /** What it says of itself, as the members of a JSON object. */
  readonly body: string;
}

export const publishScript = defineScript({
  file: file('publish'),
  keys: [...CHANNEL_KEYS, 'operation'],
  args: ['fingerprint', 'ttlMs', 'notAfter', 'epoch', 'sharded', 'topic'],
  rest: 'bodies',
  decode: (reply) => {
    const [word, indexed, epoch, first, last, at] = asList(reply);
    const outcome = asText(word);
    if (outcome === 'reused') return { outcome: 'reused' } as const;
    if (outcome === 'late') return { outcome: 'late' } as const;
    if (outcome !== 'published' && outcome !== 'replayed')
      throw new UnexpectedReplyError('an outcome', reply);
    return {
      outcome: 'published',
      replayed: outcome === 'replayed',
      indexed: asNumber(indexed) === 1,
      epoch: asText(epoch),
      firstOffset: asNumber(first),
      lastOffset: asNumber(last),
      at: asNumber(at),
    } as const;
  },
});

export const readSinceScript = defineScript({
  file: file('read-since'),
  keys: CHANNEL_KEYS,
  args: ['freshEpoch', 'from', 'epoch', 'offset', 'at', 'limit', 'maxBytes'],
  decode: (reply) => {
    const values = asList(reply);
    if (values.length === 0) return undefined;
    const [indexed, epoch, offset, at, missed, diverged, rows, more, settings] = values;
    const standing: Position = { epoch: asText(epoch), offset: asNumber(offset), at: asNumber(at) };
    const missedUpTo = asText(missed);
    return {
      indexed: asNumber(indexed) === 1,
      standing,
      /** Offset up to which messages may be missing; undefined if none is. */
      missedUpTo: missedUpTo === '' ? undefined : asNumber(missedUpTo),
      /** Whether the channel went on from before the position, with other messages. */
      diverged: asNumber(diverged) === 1,
      messages: keptMessages(rows),
      more: asNumber(more) === 1,
      settings: fieldsOf(settings),
    };
  },
});

export const readHistoryScript = defineScript({
  file: file('read-history'),
  keys: CHANNEL_KEYS,
  args: ['order', 'after', 'before', 'limit', 'maxBytes'],
  decode: (reply) => {
    const [epoch, offset, rows, more] = asList(reply);
    return {
      /** Empty if there is no channel. */
      epoch: asText(epoch),
      offset: asNumber(offset),
      messages: keptMessages(rows),
      more: asNumber(more) === 1,
    };
  },
});

export const configureScript = defineScript({
  file: file('configure'),
  keys: CHANNEL_KEYS,
  args: ['sharded', 'topic', 'notice'],
  rest: 'settings',
  decode: fieldsOf,
});

function keptMessages(rows: Reply): KeptMessage[] {
  return asRows(rows, 2).map(([id, body]) => {
    const [offset, at] = asText(id).split('-');
    return { offset: asNumber(offset), at: asNumber(at), body: asText(body) };
  });
}

function fieldsOf(reply: Reply): ReadonlyMap<string, string> {
  return new Map(asRows(reply, 2).map(([field, value]) => [asText(field), asText(value)]));
}

export const beatScript = defineScript({
  file: file('beat'),
  keys: ['nodes'],
  args: ['node', 'ttlMs'],
  decode: (reply) => {
    const [isNew, nodes] = asList(reply);
    return { isNew: asNumber(isNew) === 1, nodes: asTextList(nodes) };
  },
});
