import { ApiProperty } from '@nestjs/swagger';
import { countSchema, instantSchema } from '../../../transport/validation/api-schemas.js';

const deviceSchema = {
  oneOf: [{ type: 'string' }, { type: 'object' }, { type: 'null' }],
  description: 'As it was given with the session.',
};

/** A session as those see it who look after its user. */
export class SessionSummary {
  sessionId!: string;
  userId!: string;
  @ApiProperty(deviceSchema)
  device!: string | Record<string, unknown> | null;
  @ApiProperty(instantSchema)
  createdAt!: string;
  @ApiProperty(instantSchema)
  lastSeenAt!: string;
  /** When it ends if nobody uses it. */
  @ApiProperty(instantSchema)
  idleExpiresAt!: string;
  /** When it ends in any case. */
  @ApiProperty(instantSchema)
  absoluteExpiresAt!: string;
}

export class SessionView extends SessionSummary {
  data!: Record<string, unknown>;
  /** Higher after each change; the header ETag has it in quotation marks. */
  @ApiProperty(countSchema(1, Number.MAX_SAFE_INTEGER))
  version!: number;
}

export class TokenAnswer {
  /** The session’s token, shown here alone. */
  token!: string;
  session!: SessionView;
}

export class SessionPage {
  items!: SessionSummary[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}
