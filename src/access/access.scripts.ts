import { asList, asText, UnexpectedReplyError } from '../redis/decode.js';
import { defineScript } from '../redis/script.js';

export const putKeyScript = defineScript({
  file: new URL('./scripts/put-key.lua', import.meta.url),
  keys: ['record', 'tenant', 'operation'],
  args: ['id', 'mode', 'fingerprint', 'sealed', 'ttlMs'],
  rest: 'fields',
  decode: (reply) => {
    const [outcome, sealed] = asList(reply);
    switch (asText(outcome)) {
      case 'written':
        return { outcome: 'written' } as const;
      case 'replayed':
        return { outcome: 'replayed', sealed: asText(sealed) } as const;
      case 'reused':
        return { outcome: 'reused' } as const;
      case 'missing':
        return { outcome: 'missing' } as const;
      case 'exists':
        return { outcome: 'exists' } as const;
      default:
        throw new UnexpectedReplyError('an outcome of put-key', reply);
    }
  },
});

export const removeKeyScript = defineScript({
  file: new URL('./scripts/remove-key.lua', import.meta.url),
  keys: ['record', 'tenant'],
  args: ['id'],
  decode: (reply) => reply === 1,
});
