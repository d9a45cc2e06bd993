import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../effects/audit-trail.js';
import { EntriesService } from './streams.entries.service.js';

/** Of what nobody lets go, far longer than whoever tells events needs to learn that they are told. */
const REMEMBERED_MS = 86_400_000;
/** An operation's id is its events' alone. */
const FINGERPRINT = 'audit';

/** Keeps the audit trails of other features, each a stream. */
@Injectable()
export class AuditWriterOfStreams {
  constructor(trail: AuditTrail, entries: EntriesService) {
    trail.register({
      append: ({ tenant, stream, id, events, notAfterMs }) =>
        entries.appendAllOnce(
          tenant,
          stream,
          events.map((event) => ({ data: JSON.parse(event) as unknown })),
          { id, fingerprint: FINGERPRINT, ttlMs: REMEMBERED_MS, notAfterMs },
        ),
      forget: ({ tenant, stream, id }) => entries.forget(tenant, stream, id),
    });
  }
}
