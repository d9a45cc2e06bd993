import { ApiExtraModels, ApiProperty, getSchemaPath, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn } from 'class-validator';
import { documentSchema, identitySchema } from '../../../transport/validation/api-schemas.js';
import {
  IsDistinct,
  IsIdentity,
  IsJsonDocument,
  IsName,
  MayBeLeftOut,
} from '../../../transport/validation/rules.js';
import { ChannelPath } from './channel.dto.js';

export const PUBLISH_EFFECT = 'messaging.publish';
const MAX_TAGS = 16;

export class MessageBody {
  /** Any JSON value of at most 64 KiB. */
  @ApiProperty(documentSchema)
  @IsJsonDocument()
  data!: unknown;

  /** What the message is about, at most 16; where slow consumers are conflated, the newest message of each tag counts. */
  @ApiProperty({ type: 'array', items: identitySchema, maxItems: MAX_TAGS, uniqueItems: true })
  @MayBeLeftOut()
  @IsArray({ message: 'must be an array' })
  @ArrayMaxSize(MAX_TAGS, { message: `must have at most ${MAX_TAGS} tags` })
  @IsIdentity({ each: true })
  @IsDistinct()
  tags?: string[];
}

export class PublishMessage extends IntersectionType(ChannelPath, MessageBody) {}

export class PublishEffect extends IntersectionType(ChannelPath, MessageBody) {
  @IsIn([PUBLISH_EFFECT])
  kind!: typeof PUBLISH_EFFECT;
}

export class BatchedMessage extends MessageBody {
  /** Name of the channel. */
  @IsName()
  channel!: string;
}

@ApiExtraModels(BatchedMessage)
export class PublishBatchBody {
  /** 1 to 1000 messages, each `{channel, data, tags?}`; one that is refused does not spoil the others. */
  @ApiProperty({ type: 'array', items: { $ref: getSchemaPath(BatchedMessage) } })
  @IsArray({ message: 'must be an array' })
  @ArrayMinSize(1, { message: 'must have at least 1 message' })
  @ArrayMaxSize(1000, { message: 'must have at most 1000 messages' })
  messages!: unknown[];
}
