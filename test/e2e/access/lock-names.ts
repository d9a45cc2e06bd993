import { expect } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';

/** The names of a resource that is locked, and of a semaphore of the same name with a permit that is held. */
export interface LockNames {
  readonly resource: string;
  readonly lockId: string;
  readonly permitId: string;
  /** A resource that nobody has. */
  readonly newResource: string;
}

/** For so long nothing comes free by itself; requests of the tests themselves ask for less. */
const DAY_MS = 86_400_000;
export const SHORT_TTL_MS = 60_000;

/** Ids that nobody was given. */
export const NO_LOCK = { lockId: `lk${'0'.repeat(22)}`, permitId: `pm${'0'.repeat(22)}` };

/** A resource that is locked, with the metadata `metadata`, and a permit. */
export async function freshLock(client: ApiClient, resource: string, metadata: object): Promise<LockNames> {
  const lock = await client.post('/v1/locks', { resources: [resource], ttlMs: DAY_MS, metadata });
  expect(lock.status, JSON.stringify(lock.body)).toBe(201);
  const taken = { permits: 2, ttlMs: DAY_MS };
  const permit = await client.post(`/v1/semaphores/${resource}/permits`, taken);
  expect(permit.status, JSON.stringify(permit.body)).toBe(201);
  return {
    resource,
    lockId: String(lock.body.lockId),
    permitId: String(permit.body.permitId),
    newResource: `${resource}.new`,
  };
}

/** What stays the same of when a lock ends, which is told anew from the time that is left: whether that is soon. */
export function endOf(expiresAt: string): 'soon' | 'not soon' {
  return Date.parse(expiresAt) - Date.now() <= SHORT_TTL_MS ? 'soon' : 'not soon';
}
