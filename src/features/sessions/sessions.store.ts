import { DEFAULT_TENANT } from '../../access/caller.js';
import type {
  StoredData,
  StoredSession,
  StoredSessionsService,
  StoreName,
} from './sessions.stored.service.js';

export interface SessionStoreOptions {
  /** Tells the sessions of one application from those of another; `app` if left out. */
  readonly name?: string;
  /** `default` if left out. */
  readonly tenant?: string;
  /** How long a session lasts whose cookie has no maxAge, in ms without use; a day if left out. */
  readonly ttlMs?: number;
}

/** What the store has to know of a session of a framework. */
export interface FrameworkSession {
  cookie: {
    /** In ms; what the cookie is renewed by. */
    originalMaxAge: number | null;
    expires?: Date | null;
  };
}

export type Done = (error?: unknown) => void;
export type Given<T> = (error: unknown, value?: T) => void;

/**
 * What express-session asks of a store, the optional methods included; @fastify/session asks for the first of them. Each calls
 * back after it has returned, with an AppError if it failed: `redis.unavailable`, `redis.outcome-unknown` (within
 * REDIS_TIMEOUT_MS), `request.invalid` for more than 64 KiB of JSON, `sessions.contended` for a touch that others were always
 * faster than; with a TypeError for what JSON cannot hold.
 */
export interface SessionStore {
  /** null if there is none. */
  get(sid: string, done: Given<FrameworkSession | null>): void;
  /** Writes the session as JSON; one whose cookie is over ends. */
  set(sid: string, session: FrameworkSession, done?: Done): void;
  /** Ends the session: nobody writes it again, and it is no error if there is none. */
  destroy(sid: string, done?: Done): void;
  /** Has the session last as long as its cookie, from now on; of its data only the cookie changes. */
  touch(sid: string, session: FrameworkSession, done?: Done): void;
  /** All sessions, each with its id as `id`. */
  all(done: Given<(FrameworkSession & { id: string })[]>): void;
  ids(done: Given<string[]>): void;
  length(done: Given<number>): void;
  /** Ends all sessions. */
  clear(done?: Done): void;
}

const DAY_MS = 86_400_000;
/** What the cookie of a moment ago leaves: a session is never written for less. */
const SHORTEST_MS = 1;

/**
 * A store for express-session (`Base` is its `Store`) and for @fastify/session (`Base` is any class with a constructor without
 * arguments, such as EventEmitter), whose sessions are kept here: encrypted, found by the hash of their id, and gone once they
 * are destroyed, whatever a request that still runs saves. A session lasts as long as its cookie.
 */
export function sessionStore<Instance extends object>(
  Base: abstract new () => Instance,
  sessions: StoredSessionsService,
  { name = 'app', tenant = DEFAULT_TENANT, ttlMs = DAY_MS }: SessionStoreOptions = {},
): Instance & SessionStore {
  const store: StoreName = { tenant, name };
  const methods: SessionStore = {
    get: (sid, done) => answer(async () => shown(await sessions.get(store, sid)), done),

    set: (sid, session, done) =>
      answer(async () => {
        const idleMs = lifeOf(session, ttlMs);
        // A browser does not send a cookie any more that is over.
        if (idleMs <= 0) await sessions.destroy(store, sid);
        // Kept is what JSON makes of it.
        else await sessions.set(store, sid, { ...session }, idleMs);
      }, done),

    destroy: (sid, done) => answer(() => sessions.destroy(store, sid), done),

    touch: (sid, session, done) =>
      answer(async () => {
        const idleMs = Math.max(SHORTEST_MS, lifeOf(session, ttlMs));
        const cookie: unknown = JSON.parse(JSON.stringify(session.cookie));
        await sessions.touch(store, sid, idleMs, (data) => ({ ...data, cookie }));
      }, done),

    all: (done) =>
      answer(async () => {
        const all = await sessions.all(store);
        return all.map((each) => ({ ...asSession(each, each.lastSeenAt), id: each.sid }));
      }, done),

    ids: (done) => answer(async () => (await sessions.all(store)).map(({ sid }) => sid), done),

    length: (done) => answer(() => sessions.length(store), done),

    clear: (done) => answer(() => sessions.clear(store), done),
  };
  // The frameworks' own stores are abstract in their types alone.
  return Object.assign(new (Base as new () => Instance)(), methods);
}

/** What a cookie says of how long it lasts, in ms; `otherwise` if it lasts as long as its browser. */
function lifeOf({ cookie: { expires, originalMaxAge } }: FrameworkSession, otherwise: number): number {
  const leftMs = expires ? Math.round(new Date(expires).getTime() - Date.now()) : originalMaxAge;
  // Who wants a cookie to last as long as the browser may also have set `expires` to false.
  return Number.isFinite(leftMs) ? Number(leftMs) : otherwise;
}

function shown(found: StoredSession | undefined): FrameworkSession | null {
  return found === undefined ? null : asSession(found, Date.now());
}

/**
 * As `set` was given it. Only when its cookie ends is told anew, since a touch does not write that: what read the old end would
 * take the session for over.
 */
function asSession({ data, idleMs }: StoredSession, seenAt: number): FrameworkSession {
  if (!isOfFramework(data))
    throw new Error('what is stored is no session of a web framework: it has no cookie');
  const { cookie } = data;
  if (!cookie.expires || typeof cookie.originalMaxAge !== 'number') return data;
  return { ...data, cookie: { ...cookie, expires: new Date(seenAt + idleMs) } };
}

/** Whether `set` of this store wrote it, and not somebody who called the service with the name of this store. */
function isOfFramework(data: StoredData): data is StoredData & FrameworkSession {
  return typeof data.cookie === 'object' && data.cookie !== null;
}

/** Tells `done` what becomes of `work`, which begins at once; what `done` throws is its own matter, and no answer of the store. */
function answer<T>(work: () => Promise<T>, done: Given<T> | undefined): void {
  work().then(
    (value) => done && setImmediate(done, null, value),
    (error: unknown) => done && setImmediate(done, error),
  );
}
