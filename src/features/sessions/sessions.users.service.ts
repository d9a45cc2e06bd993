import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { Operation } from '../../telemetry/operation.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { DEFAULT_LIMIT } from '../../transport/pagination/list-query.dto.js';
import type { SessionPage } from './dto/answers.dto.js';
import type { EndAllMessage, ListSessionsMessage } from './dto/session.dto.js';
import { sessionEndpoints } from './sessions.endpoints.js';
import { sessionNotFound } from './sessions.errors.js';
import { idPrefix, SessionIds } from './sessions.ids.js';
import { SessionRecords } from './sessions.records.js';
import { summaryOf } from './sessions.views.js';

/** The sessions of one user: which there are, and the end of all of them. */
@Injectable()
export class UserSessionsService {
  constructor(
    private readonly records: SessionRecords,
    private readonly ids: SessionIds,
    private readonly cursors: Cursors,
  ) {}

  /** The newest first. @throws AppError `pagination.invalid-cursor` */
  @Operation(sessionEndpoints.list.name, { show: ['limit'] })
  async list(
    caller: Caller,
    { userId, cursor, limit = DEFAULT_LIMIT }: ListSessionsMessage,
  ): Promise<SessionPage> {
    const scope = ['sessions', caller.tenant, userId];
    const [last] = this.cursors.decode(scope, cursor) ?? [];
    const [created = '', rest = ''] = last?.split(' ') ?? [];
    const place = this.ids.placeOf(caller.tenant, userId);
    const after = last === undefined ? undefined : { created, rest };
    const page = await this.records.list(caller, place, limit, after);
    return {
      items: page.sessions.map(summaryOf),
      next: page.more && page.last !== undefined ? this.cursors.encode(scope, [page.last]) : null,
    };
  }

  /**
   * Logs the user out everywhere, or everywhere but in one session.
   * @throws AppError `sessions.not-found` if that is somebody else's, `fence.stale`
   */
  @Operation(sessionEndpoints.endAll.name, { show: ['except'] })
  async endAll(caller: Caller, { userId, except }: EndAllMessage): Promise<void> {
    const place = this.ids.placeOf(caller.tenant, userId);
    // One of the user's that has ended meanwhile is no reason to leave the others.
    if (except !== undefined && !except.startsWith(idPrefix(place))) throw sessionNotFound();
    await this.records.endAll(caller, place, userId, except);
  }
}
