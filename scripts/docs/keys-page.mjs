import { code, grouped, page, table } from './markdown.mjs';

const KEY = '<prefix>:<tenant>:{<feature>:<name>}:<part>';

/** docs/keys.md: every kind of key that the modules declare. */
export function keysPage(path, { keys }) {
  return page(path, [
    '# Redis keys',
    'Written by `npm run docs:sync` from the code.',
    `Every key is \`${KEY}\`.`,
    [
      '- `<prefix>` is the setting `REDIS_KEY_PREFIX`, `fulcrum` below.',
      '- `<tenant>` is the tenant that owns the key, or `_` for what belongs to the service.',
      '- The part in braces is the hash tag: all keys of one resource are in one slot of a cluster. `<name>` is the ' +
        'resource’s name; a feature’s lists of its resources have `_` in its place.',
      '- The TTL is the longest time that a key lives after it was written; a setting’s name stands for its value. A channel ' +
        'is a pub/sub channel, which holds nothing.',
    ].join('\n'),
    ...grouped(keys, (row) => row.feature).flatMap(([feature, rows]) => [
      `## ${feature}`,
      table(
        ['key', 'type', 'TTL', 'holds'],
        rows.map(({ part, type, ttl, holds }) => [
          code(`fulcrum:<tenant>:{${feature}:<name>}:${part}`),
          type,
          ttl,
          holds,
        ]),
      ),
    ]),
  ]);
}
