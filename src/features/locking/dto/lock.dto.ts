import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, Matches } from 'class-validator';
import { ListQuery } from '../../../transport/pagination/list-query.dto.js';
import { countSchema, identitySchema, nameSchema } from '../../../transport/validation/api-schemas.js';
import {
  IsCount,
  IsDistinct,
  IsIdentity,
  IsJsonObject,
  IsName,
  MayBeLeftOut,
} from '../../../transport/validation/rules.js';

const MAX_RESOURCES = 16;
const MIN_TTL_MS = 10;
const MAX_TTL_MS = 86_400_000;
const MAX_WAIT_MS = 30_000;
const MAX_PERMITS = 1000;

export class LockPath {
  /** As it was given with the lock. */
  @ApiProperty(nameSchema)
  @IsName()
  lockId!: string;
}

export class ResourcePath {
  /** Name of the resource. */
  @ApiProperty(nameSchema)
  @IsName()
  resource!: string;
}

export class ExtendLockBody {
  /** How long it lasts from now on, in ms. */
  @ApiProperty(countSchema(MIN_TTL_MS, MAX_TTL_MS))
  @IsCount(MIN_TTL_MS, MAX_TTL_MS)
  ttlMs!: number;
}

/** What everybody says who asks for a lock or a permit. */
class Acquisition {
  /** How long it lasts unless it is extended, in ms. */
  @ApiProperty(countSchema(MIN_TTL_MS, MAX_TTL_MS))
  @IsCount(MIN_TTL_MS, MAX_TTL_MS)
  ttlMs!: number;

  /** How long to wait for it, in ms, in the order of those who came; 0 if left out. */
  @ApiProperty({ ...countSchema(0, MAX_WAIT_MS), default: 0 })
  @MayBeLeftOut()
  @IsCount(0, MAX_WAIT_MS)
  waitMs?: number;

  /** Who that is, for those who look at what is held. */
  @ApiProperty(identitySchema)
  @MayBeLeftOut()
  @IsIdentity()
  owner?: string;
}

export class AcquireLockBody extends Acquisition {
  /** Names of what is locked, 1 to 16: all of them or none. */
  @ApiProperty({
    type: 'array',
    minItems: 1,
    maxItems: MAX_RESOURCES,
    uniqueItems: true,
    items: nameSchema,
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RESOURCES)
  @IsName({ each: true })
  @IsDistinct()
  resources!: string[];

  /** Shown to those who look at what is held. */
  @MayBeLeftOut()
  @IsJsonObject()
  metadata?: Record<string, unknown>;
}

export class ExtendLockMessage extends IntersectionType(LockPath, ExtendLockBody) {}

export class ListLocksQuery extends ListQuery {
  /** Resources whose names begin so. */
  @ApiProperty({ type: 'string', maxLength: 128, pattern: '^[A-Za-z0-9._:-]*$' })
  @MayBeLeftOut()
  @Matches(/^[A-Za-z0-9._:-]{0,128}$/, { message: 'must be the beginning of a name' })
  prefix?: string;
}

export class PermitPath extends ResourcePath {
  /** As it was given with the permit. */
  @ApiProperty(nameSchema)
  @IsName()
  permitId!: string;
}

export class AcquirePermitBody extends Acquisition {
  /** How many may hold a permit of the semaphore at a time, this one included. */
  @ApiProperty(countSchema(1, MAX_PERMITS))
  @IsCount(1, MAX_PERMITS)
  permits!: number;
}

export class AcquirePermitMessage extends IntersectionType(ResourcePath, AcquirePermitBody) {}
export class ExtendPermitMessage extends IntersectionType(PermitPath, ExtendLockBody) {}
