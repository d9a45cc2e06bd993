import { Injectable } from '@nestjs/common';

/** Events that belong together, in their order. */
export interface AuditEvents {
  readonly tenant: string;
  readonly stream: string;
  /** Of the operation: told twice, they are appended once. */
  readonly id: string;
  /** Each a JSON object. */
  readonly events: readonly string[];
  /** Instant by Redis' clock, in ms, after which they are not appended any more. */
  readonly notAfterMs: number;
}

export interface AuditWriter {
  /**
   * Appends events to a stream.
   * @throws AppError of the kind `unavailable` if it may work later, of another if it never can
   * @throws LateEffectError
   */
  append(events: AuditEvents): Promise<void>;
  /** What tells once of the operation from twice may be let go after `SETTLED_RECORD_MS`: nobody begins to tell it again. */
  forget(events: Pick<AuditEvents, 'tenant' | 'stream' | 'id'>): Promise<void>;
}

/** Where features tell what an auditor wants to know; the feature that has streams enters itself, so that none has to know it. */
@Injectable()
export class AuditTrail {
  private writer: AuditWriter | undefined;

  register(writer: AuditWriter): void {
    this.writer = writer;
  }

  /** @throws as `AuditWriter` */
  append(events: AuditEvents): Promise<void> {
    return this.keeper().append(events);
  }

  forget(events: Pick<AuditEvents, 'tenant' | 'stream' | 'id'>): Promise<void> {
    return this.keeper().forget(events);
  }

  private keeper(): AuditWriter {
    if (this.writer === undefined) throw new Error('nobody keeps an audit trail');
    return this.writer;
  }
}
