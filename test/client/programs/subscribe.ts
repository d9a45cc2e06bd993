// Says every message and gap of a channel, until somebody publishes "end".
//   node subscribe.js <channel> [cursor]
import type { Fetch } from '@fulcrum/client';
import { broken, clientOfTest, say } from './program.js';

const [channel = '', since] = process.argv.slice(2);

/** As a client that begins anew after each loss of the connection. */
const forgetful: Fetch = (url, init) => {
  const headers = new Headers(init.headers);
  headers.delete('last-event-id');
  return fetch(url, { ...init, headers });
};

const client = clientOfTest(broken === 'no-last-event-id' ? { fetch: forgetful } : {});
const place = since === undefined ? {} : { since };
for await (const event of client.subscribe({ channels: [channel], patterns: [`${channel}.*`], ...place })) {
  if (event.type === 'gap') say({ gap: event.to, cursor: event.cursor });
  else if (event.data === 'end') break;
  else say({ message: event.data, cursor: event.cursor });
}
