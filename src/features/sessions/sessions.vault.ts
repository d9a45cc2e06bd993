import { Injectable } from '@nestjs/common';
import { isUnreadable } from '../../encryption/encryption.errors.js';
import { KeyRing, type SealingContext } from '../../encryption/key-ring.js';
import type { StoredSession } from './sessions.scripts.js';

const WHAT = 'sessions.session';
const ANSWER = 'sessions.answer';
const HEAD = /^(\d{1,16}) (\d{1,16}) (\d{1,16}) (\S+) (\S+) (\d{1,16})$/;
const SEEN = /^(\d{1,16}) /;
/** In the place of a verifier: there is none. */
const NONE = '-';

/** What a session's device is, as whoever made the session says. */
export type Device = string | Readonly<Record<string, unknown>>;

/** What only the service can read of a session. */
export interface SessionContent {
  readonly userId: string;
  readonly device: Device | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What scripts read of a session. Instants are in ms since 1970, by Redis' clock. */
export interface SessionHead {
  readonly createdAt: number;
  readonly idleMs: number;
  readonly endsAt: number;
  /** The hash of its token. */
  readonly verifier: string;
  /** The hash of the token before, which counts until `graceEndsAt`. */
  readonly previous?: { readonly verifier: string; readonly graceEndsAt: number };
}

/** A session whose parts were sealed together. */
export interface OpenedSession extends SessionContent {
  readonly head: SessionHead;
  readonly version: string;
  readonly lastSeenAt: number;
}

/** Has its content as it was sealed. */
export interface Worded {
  readonly text: string;
}

/** Where a session belongs: with its version and its head, what its box is bound to. */
export interface BoxPlace {
  readonly tenant: string;
  readonly id: string;
  readonly version: string;
  readonly head: string;
}

/**
 * Seals sessions. A box opens only in its own session, under its own head and as the version that is current: one that was
 * changed, moved or put back is refused, and so is the head beside it.
 */
@Injectable()
export class SessionVault {
  constructor(private readonly ring: KeyRing) {}

  /** @param text as `textOf` gives it */
  seal(place: BoxPlace, text: string): string {
    return this.ring.seal(text, contextOf(place));
  }

  /** undefined if the parts were not sealed together, or cannot be decrypted. */
  open(tenant: string, id: string, stored: StoredSession): (OpenedSession & Worded) | undefined {
    const head = parsedHead(stored.head);
    const lastSeenAt = seenAt(stored.seen);
    const { version } = stored;
    const text = this.opened(stored.box, contextOf({ tenant, id, version, head: stored.head }));
    if (head === undefined || Number.isNaN(lastSeenAt) || text === undefined) return undefined;
    const { userId, device, data } = contentIn(text);
    return { userId, device, data, head, version, lastSeenAt, text };
  }

  /** Whether a box is under a key that does not encrypt any more. */
  isStale(box: string): boolean {
    return this.ring.isStale(box);
  }

  /** The same text under the key that encrypts now; undefined if it cannot be opened. */
  resealed(tenant: string, id: string, stored: StoredSession): string | undefined {
    const context = contextOf({ tenant, id, ...stored });
    const text = this.opened(stored.box, context);
    return text === undefined ? undefined : this.ring.seal(text, context);
  }

  /** The answer to a keyed request, which holds a token. */
  sealAnswer(tenant: string, operationId: string, answer: object): string {
    return this.ring.seal(JSON.stringify(answer), [ANSWER, tenant, operationId]);
  }

  /** @throws AppError `encryption.unreadable` if the key that it is under is gone */
  openAnswer(tenant: string, operationId: string, sealed: string): unknown {
    return JSON.parse(this.ring.open(sealed, [ANSWER, tenant, operationId]));
  }

  private opened(sealed: string, context: SealingContext): string | undefined {
    try {
      return this.ring.open(sealed, context);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return undefined;
    }
  }
}

/** When a session was last seen, by what a script wrote; NaN if none did. */
export function seenAt(text: string): number {
  return Number(SEEN.exec(text)?.[1] ?? NaN);
}

export function headText({ createdAt, idleMs, endsAt, verifier, previous }: SessionHead): string {
  const before = previous ? `${previous.verifier} ${previous.graceEndsAt}` : `${NONE} 0`;
  return `${createdAt} ${idleMs} ${endsAt} ${verifier} ${before}`;
}

export function parsedHead(text: string): SessionHead | undefined {
  const [, created, idle, ends, verifier, previous = NONE, graceEnds] = HEAD.exec(text) ?? [];
  if (verifier === undefined) return undefined;
  return {
    createdAt: Number(created),
    idleMs: Number(idle),
    endsAt: Number(ends),
    verifier,
    ...(previous === NONE ? {} : { previous: { verifier: previous, graceEndsAt: Number(graceEnds) } }),
  };
}

function contextOf({ tenant, id, version, head }: BoxPlace): SealingContext {
  return [WHAT, tenant, id, version, head];
}

/** What is sealed of a session. */
export function textOf({ userId, device, data }: SessionContent): string {
  return JSON.stringify([userId, device, data]);
}

/** What `textOf` wrote: anything else would not have opened. */
export function contentIn(text: string): SessionContent {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new Error('a box holds no session');
  const [userId, device, data] = parsed as readonly unknown[];
  if (typeof userId !== 'string' || !isRecord(data)) throw new Error('a box holds no session');
  return { userId, device: typeof device === 'string' || isRecord(device) ? device : null, data };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
