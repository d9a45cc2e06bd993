import { ApiProperty, getSchemaPath, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn } from 'class-validator';
import { documentSchema, identitySchema } from '../../../transport/validation/api-schemas.js';
import { IsIdentity, IsJsonDocument, MayBeLeftOut } from '../../../transport/validation/rules.js';
import { StreamPath } from './stream.dto.js';

export const APPEND_EFFECT = 'streams.append';

export class EntryBody {
  /** Any JSON value of at most 64 KiB. */
  @ApiProperty(documentSchema)
  @IsJsonDocument()
  data!: unknown;

  /** What the entry is about; it is handed on as it is. */
  @ApiProperty(identitySchema)
  @MayBeLeftOut()
  @IsIdentity()
  key?: string;
}

export class AppendMessage extends IntersectionType(StreamPath, EntryBody) {}

export class AppendEffect extends IntersectionType(StreamPath, EntryBody) {
  @IsIn([APPEND_EFFECT])
  kind!: typeof APPEND_EFFECT;
}

export class AppendBatchBody {
  /** 1 to 1000 entries, each `{data, key?}`. */
  @ApiProperty({ type: 'array', items: { $ref: getSchemaPath(EntryBody) } })
  @IsArray({ message: 'must be an array' })
  @ArrayMinSize(1, { message: 'must have at least 1 entry' })
  @ArrayMaxSize(1000, { message: 'must have at most 1000 entries' })
  entries!: unknown[];
}

export class AppendBatchMessage extends IntersectionType(StreamPath, AppendBatchBody) {}
