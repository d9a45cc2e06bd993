import { ArrayMaxSize, IsArray, IsISO8601, Matches, ValidateBy } from 'class-validator';
import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { isGrant } from '../../../config/grant.js';
import { IsCursor } from '../../../transport/pagination/is-cursor.js';
import { countSchema, identitySchema, nameSchema } from '../../../transport/validation/api-schemas.js';
import {
  IsCount,
  IsDistinct,
  IsIdentity,
  IsName,
  MayBeLeftOut,
} from '../../../transport/validation/rules.js';

const MAX_GRANTS = 64;
// eslint-disable-next-line security/detect-unsafe-regex -- no two quantifiers can take the same characters
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

const IsGrant = () =>
  ValidateBy(
    {
      name: 'isGrant',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isGrant(value),
        defaultMessage: () => 'must each be <feature>:<action> or <feature>:<action>:<glob>',
      },
    },
    { each: true },
  );

export class ApiKeyPath {
  /** The id in `fk_<id>_<secret>`. */
  // What has another form may be a whole key: it is refused before it is logged.
  @Matches(/^[A-Za-z0-9-]{1,64}$/, { message: 'must be the id of an API key' })
  id!: string;
}

export class CreateApiKeyBody {
  /** What the key is for. */
  @ApiProperty(identitySchema)
  @IsIdentity()
  name!: string;

  /** Names of roles: reader, writer, worker, admin, or one of the setting ROLES. */
  @ApiProperty({ type: 'array', items: nameSchema, maxItems: MAX_GRANTS, uniqueItems: true })
  @IsName({ each: true })
  @IsDistinct()
  @ArrayMaxSize(MAX_GRANTS)
  @IsArray()
  roles!: string[];

  /** Permissions besides those of the roles: `<feature>:<action>` or `<feature>:<action>:<glob>`. */
  @ApiProperty({ maxItems: MAX_GRANTS, uniqueItems: true })
  @MayBeLeftOut()
  @IsGrant()
  @IsDistinct()
  @ArrayMaxSize(MAX_GRANTS)
  @IsArray()
  permissions?: string[];

  /** Tenant of the key; the caller's own if left out. Another one takes an admin of the tenant `default`. */
  @ApiProperty(nameSchema)
  @MayBeLeftOut()
  @IsName()
  tenant?: string;

  /** When the key stops working; never, if left out. */
  @ApiProperty({ format: 'date-time', pattern: INSTANT.source })
  @MayBeLeftOut()
  @Matches(INSTANT, { message: 'must be an ISO 8601 instant in UTC, such as 2030-01-31T12:00:00.000Z' })
  @IsISO8601({ strict: true })
  expiresAt?: string;
}

export class ListApiKeysQuery {
  /** How many keys; 100 if left out. */
  @ApiProperty({ ...countSchema(1, 1000), default: 100 })
  @MayBeLeftOut()
  @IsCount(1, 1000)
  limit?: number;

  /** `next` of the page before. */
  @MayBeLeftOut()
  @IsCursor()
  cursor?: string;

  /** Tenant whose keys are listed; another than one's own takes an admin of the tenant `default`. */
  @ApiProperty(nameSchema)
  @MayBeLeftOut()
  @IsName()
  tenant?: string;
}

export class RotateApiKeyBody {
  /** How long the old secret still works, in ms. */
  @ApiProperty({ ...countSchema(0, 30 * 86_400_000), default: 0 })
  @MayBeLeftOut()
  @IsCount(0, 30 * 86_400_000)
  graceMs?: number;
}

export class RotateApiKeyMessage extends IntersectionType(ApiKeyPath, RotateApiKeyBody) {}

export class NoFields {}
