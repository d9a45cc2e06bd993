import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../access/caller.js';
import { followUp } from '../../redis/follow-up.js';
import { NameIndex } from '../../redis/name-index.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { SessionAudit, whoIn } from './sessions.audit.js';
import { alreadyRotated, contended, invalidToken, refused, versionConflict } from './sessions.errors.js';
import { bucketOf, idPrefix, type Presented, type SessionPlace, placeOf } from './sessions.ids.js';
import { SessionKeys } from './sessions.keys.js';
import { SessionLines } from './sessions.lines.js';
import {
  endAllScript,
  endScript,
  type Judged,
  listScript,
  lookScript,
  readScript,
  writeScript,
} from './sessions.scripts.js';
import {
  contentIn,
  headText,
  type OpenedSession,
  seenAt,
  type SessionContent,
  SessionVault,
  textOf,
  type Worded,
} from './sessions.vault.js';

/** How often a write is tried again that others came before; each time one of them was written. */
const WRITE_ATTEMPTS = 100;

/** A session and the id that it has. */
export type KnownSession = OpenedSession & { readonly id: string };

/** One with the text in its box, and the SHA-1 of the box. */
type ReadSession = KnownSession & Worded & { readonly boxHash: string };

/** What a process keeps of a session: as a text, which nobody who was shown the session can change. */
type RecentSession = Omit<ReadSession, keyof SessionContent>;

/** What came of a write: the session as it is now, and whether that is what was written. */
interface Written {
  readonly session: ReadSession;
  readonly isOurs: boolean;
}

/** Of sessions that a process keeps for a while. */
const RECENT_BYTES = 16_777_216;
/** About what one takes besides its text. */
const REST_BYTES = 1536;
const RECENT_MS = 60_000;

/** Sessions in Redis, as they are read, written and ended. What was changed there is refused, and told to the audit stream. */
@Injectable()
export class SessionRecords {
  private readonly lines = new SessionLines();
  private readonly recent = new LRUCache<string, RecentSession>({ maxSize: RECENT_BYTES, ttl: RECENT_MS });

  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: SessionKeys,
    private readonly vault: SessionVault,
    private readonly audit: SessionAudit,
    private readonly index: NameIndex,
  ) {}

  /** @throws AppError `sessions.invalid-token`, `sessions.refused` */
  async read(caller: Caller, { id, verifier, key }: Presented, touch: boolean): Promise<ReadSession> {
    const judged = await this.scripts.run(readScript, {
      keys: this.keys.of(caller.tenant, id),
      args: { id, verifier, key, touch: touch ? '1' : '0' },
      repeatable: true,
    });
    return this.checked(caller, id, judged);
  }

  /**
   * Puts what `change` makes of the session in its place. Nothing that somebody else writes meanwhile is lost: what was made of
   * an older version is made again of the newer one, unless `expected` says of which version alone.
   * @throws AppError `sessions.version-conflict`, `sessions.contended`, as `read`, and what `change` throws
   */
  change(
    caller: Caller,
    token: Presented,
    isExpected: (version: number) => boolean,
    change: (session: KnownSession & Worded) => SessionContent,
  ): Promise<KnownSession> {
    const name = nameOf(caller.tenant, token.id);
    return this.lines.inLine(name, async () => {
      // What was read a moment ago is most likely still so, and written over only if it is.
      const known = this.recentOne(caller.tenant, token.id);
      const tried = known && (await this.tryToChange(caller, token, known, isExpected, change));
      let written = tried ?? { session: await this.read(caller, token, false), isOurs: false };
      for (let attempt = 0; !written.isOurs && attempt < WRITE_ATTEMPTS; attempt++) {
        const { session } = written;
        const version = Number(session.version);
        if (!isExpected(version)) throw versionConflict(version);
        written = await this.write(caller, token, session, change(session));
      }
      if (!written.isOurs) throw contended();
      return written.session;
    });
  }

  /** Lists a bucket that is new. */
  async created(tenant: string, id: string, indexed: boolean): Promise<void> {
    const bucket = bucketOf(id);
    this.audit.soon(tenant, bucket);
    if (!indexed)
      await followUp('list a bucket of sessions', () => this.index.add(this.keys.listed(tenant, bucket)));
  }

  /** Whether there was such a session. @throws AppError `fence.stale` */
  async end(caller: Caller, id: string, userId: string | undefined): Promise<boolean> {
    const ended = await this.scripts.run(endScript, {
      keys: this.keys.of(caller.tenant, id),
      args: { id, who: whoIn(caller, userId) },
      fence: this.keys.fence(caller, placeOf(id)),
      repeatable: true,
      resend: false,
    });
    if (ended) this.audit.soon(caller.tenant, bucketOf(id));
    return ended;
  }

  /** @throws AppError `fence.stale` */
  async endAll(caller: Caller, place: SessionPlace, userId: string | undefined, except = ''): Promise<void> {
    const ended = await this.scripts.run(endAllScript, {
      keys: this.keys.owner(caller.tenant, place),
      args: { prefix: idPrefix(place), except, who: whoIn(caller, userId) },
      fence: this.keys.fence(caller, place),
      repeatable: true,
    });
    if (ended > 0) this.audit.soon(caller.tenant, place.bucket);
  }

  /** Up to `limit` sessions of an owner, the newest first, after the one at `after`; without those that were changed. */
  async list(
    caller: Caller,
    place: SessionPlace,
    limit: number,
    after: { readonly created: string; readonly rest: string } | undefined,
  ): Promise<{ sessions: KnownSession[]; more: boolean; last: string | undefined }> {
    const prefix = idPrefix(place);
    const { more, sessions } = await this.scripts.run(listScript, {
      keys: this.keys.owner(caller.tenant, place),
      args: { created: after?.created ?? '', rest: after?.rest ?? '', limit, owner: place.owner },
      repeatable: true,
    });
    const opened: KnownSession[] = [];
    for (const { rest, ...stored } of sessions) {
      const session = this.vault.open(caller.tenant, prefix + rest, stored);
      if (session === undefined) await this.audit.refusal(caller, place.bucket, prefix + rest);
      else opened.push({ ...session, id: prefix + rest });
    }
    const last = sessions.at(-1);
    const created = /^\d+/.exec(last?.head ?? '')?.[0];
    return { sessions: opened, more, last: last && created && `${created} ${last.rest}` };
  }

  /** A session by its id alone; `changed` if it cannot be shown, undefined if there is none. */
  async look(caller: Caller, id: string): Promise<KnownSession | 'changed' | undefined> {
    const [stored] = await this.scripts.run(lookScript, {
      keys: this.keys.of(caller.tenant, id),
      args: {},
      rest: [id],
      repeatable: true,
    });
    if (stored === undefined) return undefined;
    const session = this.vault.open(caller.tenant, id, stored);
    return session === undefined ? 'changed' : { ...session, id };
  }

  /** What a script said of a token, as the session that it gives. @throws AppError as `read` */
  async checked(caller: Caller, id: string, judged: Judged): Promise<ReadSession> {
    const { standing } = judged;
    if (standing === 'ended') throw invalidToken();
    // Whatever else the token is: that what is stored was changed is told before.
    const session = standing === 'changed' ? undefined : this.vault.open(caller.tenant, id, judged);
    if (session === undefined) {
      await this.audit.refusal(caller, bucketOf(id), id);
      throw refused();
    }
    if (standing !== 'live' && standing !== 'old') throw invalidToken();
    const recent = this.recent.get(nameOf(caller.tenant, id));
    // One of the same version lies in another box only if it was sealed anew. Whoever writes over it finds that out.
    const isKnown = recent?.version === session.version;
    const boxHash = isKnown ? recent.boxHash : hash('sha1', judged.box);
    const { userId, device, data, version, head, lastSeenAt, text } = session;
    const known = { id, userId, device, data, version, head, lastSeenAt, boxHash, text };
    if (!isKnown) this.remember(caller.tenant, known);
    return known;
  }

  /** As `checked`, for what the current token alone may do. @throws AppError `sessions.already-rotated` */
  async current(caller: Caller, id: string, judged: Judged): Promise<KnownSession> {
    const session = await this.checked(caller, id, judged);
    if (judged.standing === 'old') throw alreadyRotated();
    return session;
  }

  /** undefined if it comes to nothing by what is known, which may be over. */
  private async tryToChange(
    caller: Caller,
    token: Presented,
    known: ReadSession,
    isExpected: (version: number) => boolean,
    change: (session: KnownSession & Worded) => SessionContent,
  ): Promise<Written | undefined> {
    if (!isExpected(Number(known.version))) return undefined;
    let content: SessionContent;
    try {
      content = change(known);
    } catch {
      return undefined;
    }
    return await this.write(caller, token, known, content);
  }

  private async write(
    caller: Caller,
    { id, verifier, key }: Presented,
    before: ReadSession,
    content: SessionContent,
  ): Promise<Written> {
    const { tenant } = caller;
    const { version } = before;
    const next = String(Number(version) + 1);
    const head = headText(before.head);
    const text = textOf(content);
    const box = this.vault.seal({ tenant, id, version: next, head }, text);
    const judged = await this.scripts.run(writeScript, {
      keys: this.keys.of(tenant, id),
      args: { id, verifier, key, version, next, box, head, before: before.boxHash },
      fence: this.keys.fence(caller, placeOf(id)),
      repeatable: true,
      // Somebody else may have changed the session in between, and would lose that.
      resend: false,
    });
    const isWritten = judged.standing === 'live' || judged.standing === 'old';
    if (!isWritten || judged.version !== next || (judged.box !== '' && judged.box !== box)) {
      this.recent.delete(nameOf(tenant, id));
      return { session: await this.checked(caller, id, judged), isOurs: false };
    }
    const lastSeenAt = seenAt(judged.seen);
    const { userId, device, data } = content;
    const boxHash = hash('sha1', box);
    const session = { id, userId, device, data, version: next, head: before.head, lastSeenAt, boxHash, text };
    this.remember(tenant, session);
    return { session, isOurs: true };
  }

  private remember(tenant: string, session: ReadSession): void {
    const { id, version, head, lastSeenAt, boxHash, text } = session;
    const size = 2 * text.length + REST_BYTES;
    this.recent.set(nameOf(tenant, id), { id, version, head, lastSeenAt, boxHash, text }, { size });
  }

  /** The session as it was read or written here a moment ago; undefined if it was not. */
  private recentOne(tenant: string, id: string): ReadSession | undefined {
    const recent = this.recent.get(nameOf(tenant, id));
    if (recent === undefined) return undefined;
    const { version, head, lastSeenAt, boxHash, text } = recent;
    const { userId, device, data } = contentIn(text);
    return { id, userId, device, data, version, head, lastSeenAt, boxHash, text };
  }
}

function nameOf(tenant: string, id: string): string {
  return `${tenant}/${id}`;
}
