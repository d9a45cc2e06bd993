import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import {
  Idempotency,
  type IdempotentOperation,
  keyedArgs,
  keyReused,
} from '../../transport/idempotency/idempotency.js';
import type { TokenAnswer } from './dto/answers.dto.js';
import type { CreateSessionBody } from './dto/session.dto.js';
import { SessionAudit, whoIn } from './sessions.audit.js';
import { SessionBuckets } from './sessions.buckets.js';
import { sessionEndpoints } from './sessions.endpoints.js';
import { contended, tooMany } from './sessions.errors.js';
import { bucketOf, type Presented, presented, SessionIds, placeOf } from './sessions.ids.js';
import { SessionKeys } from './sessions.keys.js';
import { type KnownSession, SessionRecords } from './sessions.records.js';
import { RedisClock } from './sessions.redis-clock.js';
import { createScript, type Rotated, rotateScript } from './sessions.scripts.js';
import { headText, type SessionHead, SessionVault, textOf } from './sessions.vault.js';
import { viewOf } from './sessions.views.js';

const FIRST_VERSION = '1';
const ROTATE_ATTEMPTS = 20;
/** What a rotation of no version would write. */
const NO_ROTATION = {
  version: '',
  next: '',
  head: '',
  box: '',
  nextKey: '',
  at: 0,
  toleranceMs: 0,
  who: '',
  answer: '',
};

/** Gives out tokens: with a new session, and in the place of the one that a session had. */
@Injectable()
export class SessionTokens {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly records: SessionRecords,
    private readonly keys: SessionKeys,
    private readonly ids: SessionIds,
    private readonly vault: SessionVault,
    private readonly clock: RedisClock,
    private readonly audit: SessionAudit,
    private readonly buckets: SessionBuckets,
    private readonly idempotency: Idempotency,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws AppError `sessions.too-many`, `idempotency.key-reused`, `fence.stale` */
  async create(
    caller: Caller,
    input: CreateSessionBody,
    { idleMs, absoluteMs }: { readonly idleMs: number; readonly absoluteMs: number },
  ): Promise<TokenAnswer> {
    const { tenant } = caller;
    const operation = await this.idempotency.open(caller, sessionEndpoints.create.name, input);
    const { userId, data = {}, device = null } = input;
    const place = this.ids.placeOf(tenant, userId);
    const id = this.ids.newId(place);
    const { token, verifier, key } = this.newToken(id);
    const content = { userId, data, device };
    const { fingerprint, ttlMs } = keyedArgs(operation);
    const create = (listed: string) =>
      this.clock.at(async (now, toleranceMs) => {
        const head = { createdAt: now, idleMs, endsAt: now + absoluteMs, verifier };
        const text = headText(head);
        const session = { id, userId, device, data, head, version: FIRST_VERSION, lastSeenAt: now };
        const given = { token, session: viewOf(session) };
        const made = await this.scripts.run(createScript, {
          keys: this.keys.keyed(tenant, place, operation?.id),
          args: {
            id,
            version: FIRST_VERSION,
            head: text,
            box: this.vault.seal({ tenant, id, version: FIRST_VERSION, head: text }, textOf(content)),
            key,
            at: now,
            toleranceMs,
            most: this.settings.SESSION_MAX_PER_USER,
            full: this.settings.SESSION_ON_MAX,
            over: '',
            who: whoIn(caller, userId),
            fingerprint,
            ttlMs,
            answer: this.sealedAnswer(tenant, operation, given),
            listed,
          },
          fence: this.keys.fence(caller, place),
          repeatable: true,
        });
        return { ...made, given };
      });
    const result = await this.buckets.listed({ tenant, bucket: place.bucket }, create);
    if (result.outcome === 'replayed') return this.replayed(caller, operation, result.answer);
    if (result.outcome === 'reused') throw keyReused();
    if (result.outcome === 'full') throw tooMany(this.settings.SESSION_MAX_PER_USER);
    if (result.outcome === 'ended' || result.outcome === 'other')
      throw new Error('a new session was there before');
    await this.records.created(tenant, id, result.indexed);
    return result.given;
  }

  /** @throws AppError `sessions.already-rotated`, `idempotency.key-reused`, `fence.stale`, and as `SessionRecords.read` */
  async rotate(caller: Caller, old: Presented): Promise<TokenAnswer> {
    const operation = await this.idempotency.open(caller, sessionEndpoints.rotate.name, {
      verifier: old.verifier,
    });
    const token = this.newToken(old.id);
    // Of no session: what is there, or what the request was answered before.
    let result: Rotated = await this.tryToRotate(caller, old, operation, NO_ROTATION);
    for (let attempt = 0; attempt < ROTATE_ATTEMPTS && result.outcome === 'other'; attempt++) {
      const session = await this.records.current(caller, old.id, result.judged);
      requirePermission(caller, sessionEndpoints.rotate, session.userId);
      const given = await this.clock.at(async (now, toleranceMs) => {
        const rotated = this.rotated(session, old.verifier, token.verifier, now);
        const head = headText(rotated.head);
        const place = { tenant: caller.tenant, id: old.id, version: rotated.version, head };
        const answer = { token: token.token, session: viewOf(rotated) };
        const made = await this.tryToRotate(caller, old, operation, {
          version: session.version,
          next: rotated.version,
          head,
          box: this.vault.seal(place, textOf(session)),
          nextKey: token.key,
          at: now,
          toleranceMs,
          who: whoIn(caller, session.userId),
          answer: this.sealedAnswer(caller.tenant, operation, answer),
        });
        return made.outcome === 'rotated' ? { ...made, given: answer } : made;
      });
      if (given.outcome === 'rotated') {
        this.audit.soon(caller.tenant, bucketOf(old.id));
        return given.given;
      }
      result = given;
    }
    if (result.outcome === 'replayed') return this.replayed(caller, operation, result.answer);
    if (result.outcome === 'reused') throw keyReused();
    throw contended();
  }

  private tryToRotate(
    caller: Caller,
    { id, verifier, key }: Presented,
    operation: IdempotentOperation | undefined,
    args: typeof NO_ROTATION,
  ): Promise<Rotated> {
    const { tenant } = caller;
    return this.scripts.run(rotateScript, {
      keys: this.keys.keyed(tenant, placeOf(id), operation?.id),
      args: { id, verifier, key, ...args, ...keyedArgs(operation) },
      fence: args === NO_ROTATION ? undefined : this.keys.fence(caller, placeOf(id)),
      repeatable: true,
    });
  }

  private rotated(session: KnownSession, verifier: string, next: string, now: number): KnownSession {
    const graceEndsAt = now + this.settings.SESSION_ROTATION_GRACE_MS;
    const { createdAt, idleMs, endsAt } = session.head;
    const head: SessionHead = {
      createdAt,
      idleMs,
      endsAt,
      verifier: next,
      previous: { verifier, graceEndsAt },
    };
    return { ...session, head, version: String(Number(session.version) + 1), lastSeenAt: now };
  }

  private newToken(id: string): Presented & { readonly token: string } {
    const token = this.ids.newToken(id);
    const known = presented(token);
    if (known === undefined) throw new Error('a token has a form that is not its own');
    return { token, ...known };
  }

  private sealedAnswer(
    tenant: string,
    operation: IdempotentOperation | undefined,
    answer: TokenAnswer,
  ): string {
    return operation === undefined ? '' : this.vault.sealAnswer(tenant, operation.id, answer);
  }

  /** What the first request with the same key was answered. */
  private replayed(caller: Caller, operation: IdempotentOperation | undefined, sealed: string): TokenAnswer {
    caller.replayed = true;
    return this.vault.openAnswer(caller.tenant, operation?.id ?? '', sealed) as TokenAnswer;
  }
}
