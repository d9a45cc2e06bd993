import { Inject, Injectable } from '@nestjs/common';
import { Caller } from '../../access/caller.js';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { Nonces } from '../../encryption/nonces.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { invalid } from '../../transport/validation/validate.js';
import { MAX_DOCUMENT_BYTES } from '../../transport/validation/rules.js';
import { whoIn } from './sessions.audit.js';
import { SessionBuckets } from './sessions.buckets.js';
import { contended, isGone } from './sessions.errors.js';
import { bucketOf, placeOf, SessionIds, type SessionPlace } from './sessions.ids.js';
import { SessionKeys } from './sessions.keys.js';
import { type KnownSession, SessionRecords } from './sessions.records.js';
import { RedisClock } from './sessions.redis-clock.js';
import { countScript, createScript, touchScript } from './sessions.scripts.js';
import { headText, parsedHead, SessionVault, textOf } from './sessions.vault.js';

const VERSION_BYTES = 9;
/** Two times to live that are as near as this are the same: frameworks count cookies in whole seconds. */
const SAME_MS = 1000;
/** Each time somebody else wrote the session between its being read and written. */
const TOUCH_ATTEMPTS = 20;
/** What a write may be put over: whatever there is. */
const ANY_VERSION = '*';
const PAGE = 500;
/** How many buckets are asked at a time. */
const BUCKETS_AT_ONCE = 16;
const BUCKETS = Array.from({ length: 256 }, (_, bucket) => bucket.toString(16).padStart(2, '0'));

/** Which sessions: those of one application, say. */
export interface StoreName {
  readonly tenant: string;
  readonly name: string;
}

/** A session as a web framework keeps it. */
export type StoredData = Readonly<Record<string, unknown>>;

export interface StoredSession {
  readonly data: StoredData;
  /** How long it lasts without being used. */
  readonly idleMs: number;
  /** When it was last used, in ms since 1970 by Redis' clock. */
  readonly lastSeenAt: number;
}

/**
 * Sessions whose id, which is their token, a web framework chose, and which it writes as a whole. They have no user, and are in no
 * user's list; what holds for tokens and data holds for them too. One that was ended is not written again.
 */
@Injectable()
export class StoredSessionsService {
  private readonly versions = new Nonces(VERSION_BYTES);

  constructor(
    private readonly records: SessionRecords,
    private readonly scripts: ScriptRunner,
    private readonly ids: SessionIds,
    private readonly keys: SessionKeys,
    private readonly vault: SessionVault,
    private readonly clock: RedisClock,
    private readonly buckets: SessionBuckets,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** undefined if there is none, or it cannot be shown. @throws AppError `redis.unavailable` */
  async get(store: StoreName, sid: string): Promise<StoredSession | undefined> {
    const known = await this.read(store, sid);
    return known && storedIn(known);
  }

  /**
   * Writes a session as it is now, to last `idleMs` without being used. After its end nothing is written.
   * @throws AppError `request.invalid` beyond 64 KiB, `redis.unavailable`, `redis.outcome-unknown`
   */
  async set(store: StoreName, sid: string, data: StoredData, idleMs: number): Promise<void> {
    await this.write(store, sid, data, idleMs, ANY_VERSION);
  }

  /**
   * A session was used, and lasts `idleMs` from now on. If that is another time than before, `renewed` says what its data
   * becomes, which is nobody's change that is written meanwhile.
   * @throws AppError `sessions.contended`, and as `set`
   */
  async touch(
    store: StoreName,
    sid: string,
    idleMs: number,
    renewed: (data: StoredData) => StoredData,
  ): Promise<void> {
    const { tenant, name } = store;
    const { id, verifier, key } = this.ids.presentedToStore(tenant, name, sid);
    for (let attempt = 0; attempt < TOUCH_ATTEMPTS; attempt++) {
      const { isLive, head } = await this.scripts.run(touchScript, {
        keys: this.keys.of(tenant, id),
        args: { id, verifier, key },
        repeatable: true,
      });
      const idle = parsedHead(head)?.idleMs;
      if (!isLive || (idle !== undefined && Math.abs(idle - idleMs) <= SAME_MS)) return;
      const known = await this.read(store, sid);
      if (known === undefined) return;
      if (await this.write(store, sid, renewed(known.data), idleMs, known.version)) return;
    }
    throw contended();
  }

  /** Ends a session. @throws AppError `redis.unavailable`, `redis.outcome-unknown` */
  async destroy({ tenant, name }: StoreName, sid: string): Promise<void> {
    const { id } = this.ids.presentedToStore(tenant, name, sid);
    await this.records.end(Caller.inProcess(tenant), id, undefined);
  }

  /** All sessions of a store, each with its id. */
  async all(store: StoreName): Promise<(StoredSession & { readonly sid: string })[]> {
    const pages = await this.inBuckets(store, (place) => this.sessionsIn(store.tenant, place));
    return pages.flat().map((known) => ({ ...storedIn(known), sid: known.userId }));
  }

  async length(store: StoreName): Promise<number> {
    const counts = await this.inBuckets(store, (place) =>
      this.scripts.run(countScript, {
        keys: this.keys.owner(store.tenant, place),
        args: {},
        repeatable: true,
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Ends all sessions of a store. */
  async clear(store: StoreName): Promise<void> {
    const caller = Caller.inProcess(store.tenant);
    await this.inBuckets(store, (place) => this.records.endAll(caller, place, undefined));
  }

  /** Whether it was written, or has ended: with `over`, a version, nothing else is written over. */
  private async write(
    { tenant, name }: StoreName,
    sid: string,
    data: StoredData,
    idleMs: number,
    over: string,
  ): Promise<boolean> {
    const { id, verifier, key } = this.ids.presentedToStore(tenant, name, sid);
    const text = textOf({ userId: sid, device: null, data });
    // A unit of a text takes three bytes at the most: what is short is not put into words twice.
    if (text.length > MAX_DOCUMENT_BYTES / 4 && Buffer.byteLength(JSON.stringify(data)) > MAX_DOCUMENT_BYTES)
      throw invalid([{ pointer: '/data', detail: `is larger than ${MAX_DOCUMENT_BYTES} bytes` }]);
    const version = this.versions.next().toString('base64url');
    const caller = Caller.inProcess(tenant);
    const write = (listed: string) =>
      this.clock.at((now, toleranceMs) => {
        const head = headText({ createdAt: now, idleMs, endsAt: now + this.longest(idleMs), verifier });
        return this.scripts.run(createScript, {
          keys: this.keys.keyed(tenant, placeOf(id)),
          args: {
            id,
            version,
            head,
            box: this.vault.seal({ tenant, id, version, head }, text),
            key,
            at: now,
            toleranceMs,
            most: 0,
            full: '',
            over,
            who: whoIn(caller, undefined),
            fingerprint: '',
            ttlMs: 0,
            answer: '',
            listed,
          },
          repeatable: true,
        });
      });
    const result = await this.buckets.listed({ tenant, bucket: bucketOf(id) }, write);
    // Also if it was written before and the answer lost, after which nobody listed the bucket.
    if ('indexed' in result && (result.outcome === 'created' || !result.indexed))
      await this.records.created(tenant, id, result.indexed);
    return result.outcome !== 'other';
  }

  private async read({ tenant, name }: StoreName, sid: string): Promise<KnownSession | undefined> {
    const presented = this.ids.presentedToStore(tenant, name, sid);
    try {
      return await this.records.read(Caller.inProcess(tenant), presented, false);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  private async sessionsIn(tenant: string, place: SessionPlace): Promise<KnownSession[]> {
    const found: KnownSession[] = [];
    const caller = Caller.inProcess(tenant);
    let last: string | undefined;
    for (;;) {
      const [created = '', rest = ''] = last?.split(' ') ?? [];
      const after = last === undefined ? undefined : { created, rest };
      const page = await this.records.list(caller, place, PAGE, after);
      found.push(...page.sessions);
      if (!page.more || page.last === undefined) return found;
      last = page.last;
    }
  }

  private async inBuckets<T>(
    { tenant, name }: StoreName,
    work: (place: SessionPlace) => Promise<T>,
  ): Promise<T[]> {
    const results: T[] = [];
    for (let at = 0; at < BUCKETS.length; at += BUCKETS_AT_ONCE) {
      const some = BUCKETS.slice(at, at + BUCKETS_AT_ONCE);
      const asked = some.map((bucket) => work(this.ids.placeInStore(tenant, name, bucket)));
      results.push(...(await Promise.all(asked)));
    }
    return results;
  }

  /** Each write begins it anew: how long a session lasts is the framework's to say. */
  private longest(idleMs: number): number {
    return Math.max(idleMs, this.settings.SESSION_ABSOLUTE_TTL_MS);
  }
}

function storedIn({ data, head, lastSeenAt }: KnownSession): StoredSession {
  return { data, idleMs: head.idleMs, lastSeenAt };
}
