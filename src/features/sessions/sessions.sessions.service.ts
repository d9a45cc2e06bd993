import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { Operation } from '../../telemetry/operation.js';
import { MAX_DOCUMENT_BYTES } from '../../transport/validation/rules.js';
import { invalid } from '../../transport/validation/validate.js';
import type { SessionView, TokenAnswer } from './dto/answers.dto.js';
import { ALL_DATA, conditionIn, type Patch } from './dto/patch.js';
import type { CreateSessionBody, CurrentMessage, SessionPath } from './dto/session.dto.js';
import { sessionEndpoints } from './sessions.endpoints.js';
import { invalidToken, sessionNotFound } from './sessions.errors.js';
import { type Presented, presented } from './sessions.ids.js';
import { mergePatch } from './sessions.merge-patch.js';
import { SessionRecords } from './sessions.records.js';
import { SessionTokens } from './sessions.tokens.js';
import { viewOf } from './sessions.views.js';

/** A patch of the session that a token gives. */
export interface PatchInput extends CurrentMessage {
  readonly patch: Patch | typeof ALL_DATA;
  readonly ifMatch?: string | undefined;
}

/** Sessions: begun for a user, found by their token, changed without losing anybody's change, ended for good. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly records: SessionRecords,
    private readonly tokens: SessionTokens,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Begins a session. A user who has as many as allowed loses the oldest, or is refused (SESSION_ON_MAX).
   * @throws AppError `sessions.too-many`, `idempotency.key-reused`, `fence.stale`
   */
  @Operation(sessionEndpoints.create.name, { show: ['idleTtlMs', 'absoluteTtlMs'] })
  create(caller: Caller, input: CreateSessionBody): Promise<TokenAnswer> {
    const { idleTtlMs: idleMs = this.settings.SESSION_IDLE_TTL_MS } = input;
    const {
      absoluteTtlMs: absoluteMs = Math.max(this.settings.SESSION_ABSOLUTE_TTL_MS, input.idleTtlMs ?? 0),
    } = input;
    requirePermission(caller, sessionEndpoints.create, input.userId);
    return this.tokens.create(caller, input, { idleMs, absoluteMs });
  }

  /** The session of a token, which counts as used now. @throws AppError `sessions.invalid-token`, `sessions.refused` */
  @Operation(sessionEndpoints.current.name)
  async current(caller: Caller, { sessionToken }: CurrentMessage): Promise<SessionView> {
    const session = await this.records.read(caller, tokenIn(sessionToken), true);
    requirePermission(caller, sessionEndpoints.current, session.userId);
    return viewOf(session);
  }

  /**
   * Applies a merge patch (RFC 7396) to the session's data. Patches at the same time are applied one after the other; one
   * with `ifMatch` only to the version that it names.
   * @throws AppError `sessions.version-conflict`, `sessions.contended`, `fence.stale`; `request.invalid` if the data became too
   *   large; and as `current`
   */
  @Operation(sessionEndpoints.patch.name)
  async patch(caller: Caller, { sessionToken, patch, ifMatch }: PatchInput): Promise<SessionView> {
    const condition = conditionIn(ifMatch);
    const changed = await this.records.change(caller, tokenIn(sessionToken), condition, (session) => {
      requirePermission(caller, sessionEndpoints.patch, session.userId);
      const { userId, device, text } = session;
      const data = patch === ALL_DATA ? {} : fitting(mergePatch(session.data, patch), text, patch);
      return { userId, device, data };
    });
    return viewOf(changed);
  }

  /**
   * Gives the session a new token; the one before counts for SESSION_ROTATION_GRACE_MS more.
   * @throws AppError `sessions.already-rotated`, `idempotency.key-reused`, `fence.stale`, and as `current`
   */
  @Operation(sessionEndpoints.rotate.name)
  rotate(caller: Caller, { sessionToken }: CurrentMessage): Promise<TokenAnswer> {
    return this.tokens.rotate(caller, tokenIn(sessionToken));
  }

  /** Ends the session of a token. @throws AppError `fence.stale`, and as `current` */
  @Operation(sessionEndpoints.endCurrent.name)
  async endCurrent(caller: Caller, { sessionToken }: CurrentMessage): Promise<void> {
    const { id, userId } = await this.records.read(caller, tokenIn(sessionToken), false);
    requirePermission(caller, sessionEndpoints.endCurrent, userId);
    if (!(await this.records.end(caller, id, userId))) throw invalidToken();
  }

  /** Ends a session by its id, also one that cannot be shown any more. @throws AppError `sessions.not-found`, `fence.stale` */
  @Operation(sessionEndpoints.end.name, { show: ['sessionId'] })
  async end(caller: Caller, { sessionId }: SessionPath): Promise<void> {
    const session = await this.records.look(caller, sessionId);
    if (session === undefined) throw sessionNotFound();
    const userId = session === 'changed' ? undefined : session.userId;
    requirePermission(caller, sessionEndpoints.end, userId ?? '');
    if (!(await this.records.end(caller, sessionId, userId))) throw sessionNotFound();
  }
}

/** @throws AppError `sessions.invalid-token` */
function tokenIn(sessionToken: string): Presented {
  const known = presented(sessionToken);
  if (known === undefined) throw invalidToken();
  return known;
}

/** `data`, which a patch has made of what a `text` says. @throws AppError `request.invalid` if it became too large */
function fitting(data: Record<string, unknown>, text: string, patch: Patch): Record<string, unknown> {
  // What is merged is no larger than both, and a UTF-16 unit is three bytes of UTF-8 at the most.
  if (3 * (text.length + JSON.stringify(patch).length) < MAX_DOCUMENT_BYTES) return data;
  if (Buffer.byteLength(JSON.stringify(data)) > MAX_DOCUMENT_BYTES)
    throw invalid([{ pointer: '/data', detail: `would be larger than ${MAX_DOCUMENT_BYTES} bytes` }]);
  return data;
}
