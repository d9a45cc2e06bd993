import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../effects/audit-trail.js';
import { EntriesService } from './streams.entries.service.js';

/** Far longer than whoever tells events needs to learn that they are told. */
const REMEMBERED_MS = 86_400_000;
/** An operation's id is its events' alone. */
const FINGERPRINT = 'audit';

/** Keeps the audit trails of other features, each a stream. */
@Injectable()
export class AuditWriterOfStreams {
  constructor(trail: AuditTrail, entries: EntriesService) {
    trail.register(({ tenant, stream, id, events }) =>
      entries.appendAllOnce(
        tenant,
        stream,
        events.map((event) => ({ data: JSON.parse(event) as unknown })),
        { id, fingerprint: FINGERPRINT, ttlMs: REMEMBERED_MS },
      ),
    );
  }
}
