import { ApiProperty } from '@nestjs/swagger';
import { countSchema, instantSchema, wholeSchema } from '../../../transport/validation/api-schemas.js';

export class LockAnswer {
  /** Whoever knows it can extend and release the lock. */
  lockId!: string;
  resources!: string[];
  /** Higher than every earlier one of each of the resources. */
  @ApiProperty(countSchema(1, Number.MAX_SAFE_INTEGER))
  fencingToken!: number;
  /** Until then nobody else can have it. */
  @ApiProperty(instantSchema)
  expiresAt!: string;
  @ApiProperty(wholeSchema(1))
  ttlMs!: number;
}

export class PermitAnswer {
  /** Whoever knows it can extend and release the permit. */
  permitId!: string;
  resource!: string;
  @ApiProperty(wholeSchema(1))
  permits!: number;
  /** Until then it counts. */
  @ApiProperty(instantSchema)
  expiresAt!: string;
  @ApiProperty(wholeSchema(1))
  ttlMs!: number;
}

export class ExtendPermitAnswer {
  permitId!: string;
  resource!: string;
  @ApiProperty(instantSchema)
  expiresAt!: string;
  @ApiProperty(wholeSchema(1))
  ttlMs!: number;
}

export class WaiterView {
  owner!: string | null;
  @ApiProperty(instantSchema)
  waitingSince!: string;
}

export class ResourceView {
  resource!: string;
  /** Whether a majority of the lock servers says that somebody has it. */
  held!: boolean;
  /** Who has it, if they said so. */
  owner!: string | null;
  metadata!: Record<string, unknown> | null;
  @ApiProperty({ ...countSchema(1, Number.MAX_SAFE_INTEGER), nullable: true })
  fencingToken!: number | null;
  @ApiProperty({ ...instantSchema, nullable: true })
  acquiredAt!: string | null;
  @ApiProperty({ ...instantSchema, nullable: true })
  expiresAt!: string | null;
  /** How many wait for it. */
  @ApiProperty(wholeSchema(0))
  waiting!: number;
  /** The first hundred of them, in the order in which they are served. */
  waiters!: WaiterView[];
}

export class ResourcePage {
  items!: ResourceView[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}
