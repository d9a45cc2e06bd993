import { expect } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';

/** The names of a stream with a consumer group. */
export interface StreamNames {
  readonly stream: string;
  readonly group: string;
  /** The consumer that has `entry`. */
  readonly consumer: string;
  /** An entry that the consumer has not acknowledged. */
  readonly entry: string;
  /** An entry that is a dead letter. */
  readonly deadLetter: string;
}

/** For so long nothing comes due by itself. */
const DAY_MS = 86_400_000;

/** A stream with a dead letter, a pending entry and two that nobody received, all of the data `data`. */
export async function freshStream(client: ApiClient, stream: string, data: unknown): Promise<StreamNames> {
  const path = `/v1/streams/${stream}`;
  const [group, consumer] = ['workers', 'ann'];
  const groupPath = `${path}/groups/${group}`;
  const send = async (method: string, at: string, body: object) => {
    const answer = await client.send(method, at, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer;
  };
  const entries = Array.from({ length: 4 }, () => ({ data }));
  const { body } = await send('POST', `${path}/entries/batch`, { entries });
  const [deadLetter = '', entry = ''] = body.ids as string[];
  await send('PUT', groupPath, { maxDeliveries: 1, visibilityTimeoutMs: DAY_MS });
  await send('POST', `${groupPath}/receive`, { consumer, limit: 2 });
  await send('POST', `${groupPath}/nack`, { consumer, ids: [deadLetter] });
  return { stream, group, consumer, entry, deadLetter };
}
