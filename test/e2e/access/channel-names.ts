import { expect } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';
import { waitUntil } from '../../support/wait-until.js';

/** The name of a channel that has a message. */
export interface ChannelNames {
  readonly channel: string;
  /** Id of the message. */
  readonly message: string;
}

/** A channel with settings of its own and one message of the data `data`. */
export async function freshChannel(client: ApiClient, channel: string, data: unknown): Promise<ChannelNames> {
  const path = `/v1/channels/${channel}`;
  expect((await client.put(path, { historySize: 5 })).status).toBe(200);
  const { status, body } = await client.post(`${path}/messages`, { data });
  expect(status, JSON.stringify(body)).toBe(201);
  return { channel, message: String(body.id) };
}

/** Settles once so many subscribe to a channel. */
export async function subscribers(client: ApiClient, channel: string, count: number): Promise<void> {
  await waitUntil(`${count} subscribe to ${channel}`, async () => {
    const { body } = await client.get(`/v1/channels/${channel}/presence`);
    return body.subscriptions === count;
  });
}
