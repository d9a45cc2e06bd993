import { waitUntil } from '../support/wait-until.js';
import type { Sender } from './every-stream-route.js';

const C = '/v1/channels/:channel';
/** The channel that is requested most, and how long it keeps a message. */
export const NEWS = { channel: 'news', historyTtlMs: 60_000 } as const;
const CHANNEL = `/v1/channels/${NEWS.channel}`;

/**
 * Sends at least one request to every route of messaging, so that each kind of key is written: keyed messages, a batch with
 * rows that are refused, messages that are kept no longer, and subscribers. `whileLive` runs while both kinds of live
 * client follow the channel.
 */
export async function requestEveryMessagingRoute(
  { send, follow, upgrade }: Sender,
  whileLive: (() => Promise<void>) | undefined,
): Promise<void> {
  const keyed = (key: string) => ({ 'idempotency-key': key });
  const { historyTtlMs } = NEWS;
  await send(`PUT ${C}`, CHANNEL, { historySize: 2, historyTtlMs, slowConsumer: 'conflate' });
  await send(`PUT ${C}`, CHANNEL, { slowConsumer: null }, { fence: 'news=1' });
  const message = { data: { type: 'published', slug: 'my-article' }, tags: ['@scope/a', 'é'] };
  const { body: first } = await send(
    `POST ${C}/messages`,
    `${CHANNEL}/messages`,
    message,
    keyed('publish-1'),
  );
  await send('POST /v1/messages/batch', '/v1/messages/batch', {
    messages: [
      { channel: NEWS.channel, data: null },
      { channel: 'no name', data: 1 },
      { channel: NEWS.channel, data: [1.5, 'x'], tags: ['a'] },
      { channel: 'other' },
      { channel: 'other', data: false },
    ],
  });
  await send(`GET ${C}/messages`, `${CHANNEL}/messages?limit=1&order=desc`);
  await send(`GET ${C}/messages`, `${CHANNEL}/messages?since=${first.id}`);
  const { body: last } = await send(`POST ${C}/messages`, `${CHANNEL}/messages`, message);
  await send(`GET ${C}/messages`, `${CHANNEL}/messages?since=${last.id}`);
  await send('GET /v1/channels', '/v1/channels?limit=1');
  await send(`GET ${C}`, CHANNEL);
  await send(`GET ${C}/presence`, `${CHANNEL}/presence`);

  const present = async (count: number) => {
    await waitUntil(`${count} are there`, async () => {
      const { body } = await send(`GET ${C}/presence`, `${CHANNEL}/presence`);
      return body.subscriptions === count;
    });
  };
  // One that was published before comes at once.
  await follow('GET /v1/events', `/v1/events?channel=${NEWS.channel}&since=${first.id}`, async () => {
    const frames = [
      { type: 'subscribe', channel: NEWS.channel },
      { type: 'subscribe', pattern: 'n*' },
      { type: 'publish', channel: NEWS.channel, data: 1, key: 'publish-2' },
      { type: 'ping' },
    ];
    await upgrade('GET /v1/socket', '/v1/socket', frames, async () => {
      await present(2);
      await send('GET /v1/channels', '/v1/channels');
      await whileLive?.();
    });
  });
}
