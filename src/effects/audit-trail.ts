import { Injectable } from '@nestjs/common';

/** Events that belong together, in their order. */
export interface AuditEvents {
  readonly tenant: string;
  readonly stream: string;
  /** Of the operation: told twice, they are appended once. */
  readonly id: string;
  /** Each a JSON object. */
  readonly events: readonly string[];
}

/** Appends events to a stream. @throws AppError of the kind `unavailable` if it may work later, of another if it never can */
export type AuditWriter = (events: AuditEvents) => Promise<void>;

/** Where features tell what an auditor wants to know; the feature that has streams enters itself, so that none has to know it. */
@Injectable()
export class AuditTrail {
  private writer: AuditWriter | undefined;

  register(writer: AuditWriter): void {
    this.writer = writer;
  }

  /** @throws as `AuditWriter` */
  async append(events: AuditEvents): Promise<void> {
    if (this.writer === undefined) throw new Error('nobody keeps an audit trail');
    await this.writer(events);
  }
}
