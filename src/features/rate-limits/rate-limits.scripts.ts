import { defineScript } from '../../redis/script.js';

export const putPolicyScript = defineScript({
  file: new URL('./scripts/put-policy.lua', import.meta.url),
  keys: ['policies', 'names'],
  args: ['policy', 'value'],
  decode: (reply) => reply === 1,
});

export const deletePolicyScript = defineScript({
  file: new URL('./scripts/delete-policy.lua', import.meta.url),
  keys: ['policies', 'names'],
  args: ['policy'],
  decode: (reply) => reply === 1,
});
