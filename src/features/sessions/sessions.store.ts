import type { SessionData, Store } from 'express-session';
import { DEFAULT_TENANT } from '../../access/caller.js';
import type { StoredData, StoredSessionsService, StoreName } from './sessions.stored.service.js';

/** A class like `Store` of express-session, which the store has to extend there. */
type StoreClass = new () => Store;

export interface SessionStoreOptions {
  /** Tells the sessions of one application from those of another; `app` if left out. */
  readonly name?: string;
  /** `default` if left out. */
  readonly tenant?: string;
  /** How long a session lasts whose cookie has no maxAge, in ms without use; a day if left out. */
  readonly ttlMs?: number;
}

type Done = (error?: unknown) => void;
type Given<T> = (error: unknown, value?: T) => void;

const DAY_MS = 86_400_000;
/** What the cookie of a moment ago leaves: a session is never written for less. */
const SHORTEST_MS = 1;

/**
 * A store for express-session (`Base` is its `Store`) and for @fastify/session (any class with a constructor without arguments),
 * whose sessions are kept here: encrypted, found by the hash of their id, and gone once they are destroyed, whatever a
 * request that still runs saves. A session lasts as long as its cookie.
 */
export function sessionStore(
  Base: StoreClass,
  sessions: StoredSessionsService,
  { name = 'app', tenant = DEFAULT_TENANT, ttlMs = DAY_MS }: SessionStoreOptions = {},
): Store {
  const store: StoreName = { tenant, name };

  class FulcrumStore extends Base {
    get = (sid: string, done: Given<SessionData | null>): void => {
      answer(
        sessions.get(store, sid).then((data) => (data === undefined ? null : asSession(data))),
        done,
      );
    };

    set = (sid: string, session: SessionData, done?: Done): void => {
      const idleMs = lifeOf(session, ttlMs);
      answer(
        idleMs > 0
          ? sessions.set(store, sid, plain(session), idleMs)
          : // Its cookie is over: the browser does not send it any more.
            sessions.destroy(store, sid),
        done,
      );
    };

    override touch = (sid: string, session: SessionData, done?: Done): void => {
      answer(sessions.touch(store, sid, Math.max(SHORTEST_MS, lifeOf(session, ttlMs))), done);
    };

    destroy = (sid: string, done?: Done): void => {
      answer(sessions.destroy(store, sid), done);
    };

    override all = (done: Given<SessionData[]>): void => {
      answer(
        sessions.all(store).then((all) => all.map(({ sid, data }) => ({ ...asSession(data), id: sid }))),
        done,
      );
    };

    ids = (done: Given<string[]>): void => {
      answer(
        sessions.all(store).then((all) => all.map(({ sid }) => sid)),
        done,
      );
    };

    override length = (done: Given<number>): void => {
      answer(sessions.length(store), done);
    };

    override clear = (done?: Done): void => {
      answer(sessions.clear(store), done);
    };
  }
  return new FulcrumStore();
}

/** What a cookie says of how long it lasts, in ms; `otherwise` if it lasts as long as its browser. */
function lifeOf({ cookie }: SessionData, otherwise: number): number {
  const { originalMaxAge } = cookie;
  // Deprecated to be set; it is what there is of the cookie of a session that was read.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- see above
  const { expires } = cookie;
  if (expires) return Math.round(new Date(expires).getTime() - Date.now());
  return originalMaxAge ?? otherwise;
}

/** As it is kept: what JSON makes of it. */
function plain(session: SessionData): StoredData {
  return JSON.parse(JSON.stringify(session)) as StoredData;
}

/** What `set` was given: nothing else opens. */
function asSession(data: StoredData): SessionData {
  return data as unknown as SessionData;
}

/** Tells `done` what became of `work`; what that throws is its own matter, and not an answer of the store. */
function answer<T>(work: Promise<T>, done: Given<T> | undefined): void {
  work.then(
    (value) => done && setImmediate(done, null, value),
    (error: unknown) => done && setImmediate(done, error),
  );
}
