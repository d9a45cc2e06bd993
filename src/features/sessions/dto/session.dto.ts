import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Matches, ValidateBy } from 'class-validator';
import { ListQuery } from '../../../transport/pagination/list-query.dto.js';
import { countSchema, identitySchema, nameSchema } from '../../../transport/validation/api-schemas.js';
import {
  IsCount,
  IsIdentity,
  IsJsonObject,
  IsName,
  MayBeLeftOut,
} from '../../../transport/validation/rules.js';
import { SESSION_ID } from '../sessions.ids.js';
import { isDevice, MAX_DEVICE_BYTES } from './device.js';

const MIN_TTL_MS = 10;
/** As long as browsers keep a cookie. */
export const MAX_TTL_MS = 400 * 86_400_000;

const sessionIdSchema = { type: 'string', pattern: SESSION_ID.source } as const;
const tokenSchema = { type: 'string', minLength: 1, maxLength: 128 } as const;
const deviceSchema = {
  oneOf: [{ type: 'string', minLength: 1, maxLength: MAX_DEVICE_BYTES }, { type: 'object' }],
};

const IsSessionId = () => Matches(SESSION_ID, { message: 'must be the id of a session' });

export class CreateSessionBody {
  /** Whose session it is. */
  @ApiProperty(identitySchema)
  @IsIdentity()
  userId!: string;

  /** What the application keeps in it; `{}` if left out. */
  @MayBeLeftOut()
  @IsJsonObject()
  data?: Record<string, unknown>;

  /** What it is used from, for those who look at a user’s sessions: a text, or an object, of up to 2 KiB. */
  @ApiProperty(deviceSchema)
  @MayBeLeftOut()
  @ValidateBy({
    name: 'isDevice',
    validator: {
      validate: isDevice,
      defaultMessage: () => `must be a text or a JSON object of at most ${MAX_DEVICE_BYTES} bytes`,
    },
  })
  device?: string | Record<string, unknown>;

  /** How long it lasts without being used, in ms; SESSION_IDLE_TTL_MS if left out. */
  @ApiProperty(countSchema(MIN_TTL_MS, MAX_TTL_MS))
  @MayBeLeftOut()
  @IsCount(MIN_TTL_MS, MAX_TTL_MS)
  idleTtlMs?: number;

  /** How long it lasts at the most, in ms; if left out SESSION_ABSOLUTE_TTL_MS, or `idleTtlMs` if that is longer. */
  @ApiProperty(countSchema(MIN_TTL_MS, MAX_TTL_MS))
  @MayBeLeftOut()
  @IsCount(MIN_TTL_MS, MAX_TTL_MS)
  absoluteTtlMs?: number;
}

export class CurrentMessage {
  /** The session’s token. */
  @ApiProperty(tokenSchema)
  @Matches(/^[\x21-\x7e]{1,128}$/, { message: 'must be the token of a session' })
  sessionToken!: string;
}

export class PatchMessage extends CurrentMessage {
  /** A merge patch of the session’s data. */
  @IsJsonObject()
  data!: Record<string, unknown>;

  /** As the header If-Match. */
  @MayBeLeftOut()
  @Matches(/^[\x20-\x7e]{1,512}$/, { message: 'must be an entity tag' })
  ifMatch?: string;
}

export class SessionPath {
  /** As it was given with the session; any other names none. */
  @ApiProperty(nameSchema)
  @IsName()
  sessionId!: string;
}

export class UserPath {
  @ApiProperty(identitySchema)
  @IsIdentity()
  userId!: string;
}

export class ListSessionsMessage extends IntersectionType(UserPath, ListQuery) {}

export class EndAllQuery {
  /** The id of one of the user’s sessions, which stays. */
  @ApiProperty(sessionIdSchema)
  @MayBeLeftOut()
  @IsSessionId()
  except?: string;
}

export class EndAllMessage extends IntersectionType(UserPath, EndAllQuery) {}
