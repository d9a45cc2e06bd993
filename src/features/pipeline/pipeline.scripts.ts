import { asList, asNumber, asOptional, asText, UnexpectedReplyError } from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';

const file = (name: string) => new URL(`./scripts/${name}.lua`, import.meta.url);
const PAYLOAD_KEYS = ['payload', 'state'] as const;

export type Claim =
  | { readonly outcome: 'deactivated' }
  | { readonly outcome: 'processed'; readonly answer: string }
  | { readonly outcome: 'busy'; readonly remainingMs: number }
  | { readonly outcome: 'queued' | 'claimed'; readonly token: string };

export const claimScript = defineScript({
  file: file('claim'),
  keys: PAYLOAD_KEYS,
  args: ['mode', 'token', 'leaseMs'],
  decode: (reply): Claim => {
    const [word, value] = asList(reply);
    const outcome = asText(word);
    switch (outcome) {
      case 'deactivated':
        return { outcome };
      case 'processed':
        return { outcome, answer: asText(value) };
      case 'busy':
        return { outcome, remainingMs: asNumber(value) };
      case 'queued':
      case 'claimed':
        return { outcome, token: asText(value) };
      default:
        throw new UnexpectedReplyError('the outcome of a claim', reply);
    }
  },
});

export const renewScript = defineScript({
  file: file('renew'),
  keys: ['payload'],
  args: ['token', 'leaseMs'],
  decode: (reply) => asNumber(reply) === 1,
});

export const completeScript = defineScript({
  file: file('complete'),
  keys: [...PAYLOAD_KEYS, 'operation'],
  args: ['fingerprint', 'ttlMs', 'notAfter', 'answer', 'keepMs'],
  decode: (reply) => {
    const [word, answer] = asList(reply);
    return asText(word) === 'late'
      ? ({ outcome: 'late' } as const)
      : ({ outcome: 'processed', answer: asText(answer) } as const);
  },
});

export const failScript = defineScript({
  file: file('fail'),
  keys: PAYLOAD_KEYS,
  args: ['reason', 'keepMs'],
  decode: (reply) => asOptional(reply, asText),
});
