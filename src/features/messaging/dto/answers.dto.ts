import { ApiProperty } from '@nestjs/swagger';
import { documentSchema, instantSchema, wholeSchema } from '../../../transport/validation/api-schemas.js';
import { SLOW_CONSUMER_POLICIES } from '../messaging.settings.js';

export class PublishAnswer {
  /** The message's position: epoch, offset and instant. Within an epoch offsets have no holes. */
  id!: string;
  channel!: string;
}

export class BadMessageField {
  /** JSON pointer (RFC 6901) into the message. */
  pointer!: string;
  detail!: string;
}

export class PublishResult {
  /** 201, or the status that the message alone would have had. */
  @ApiProperty({ type: 'integer' })
  status!: number;
  id?: string;
  channel?: string;
  /** Of a refused message: what a problem document says. */
  code?: string;
  detail?: string;
  /** With status 503: whether this message may be sent again as it is. */
  retryable?: boolean;
  /** The first ten bad fields. */
  errors?: BadMessageField[];
}

export class PublishBatchAnswer {
  /** One result a message, in the order of the request. */
  results!: PublishResult[];
}

export class MessageView {
  channel!: string;
  id!: string;
  @ApiProperty(documentSchema)
  data!: unknown;
  tags?: string[];
  @ApiProperty(instantSchema)
  publishedAt!: string;
}

export class GapView {
  channel!: string;
  /** Id of the last message of which it is known that all before it was had; null if none is known. */
  from!: string | null;
  /** Position of the last message that may be missing. */
  to!: string;
}

export class HistoryPage {
  /** Fewer than `limit` also if their data is more than 1 MiB together. */
  items!: MessageView[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
  /** What came after `since` and is kept no longer; null if nothing is missing. */
  gap!: GapView | null;
}

export class ChannelView {
  channel!: string;
  /** How many messages are kept; 0 for none. */
  @ApiProperty(wholeSchema(0))
  historySize!: number;
  /** How long a message is kept, in ms. */
  @ApiProperty(wholeSchema(1))
  historyTtlMs!: number;
  @ApiProperty({ enum: SLOW_CONSUMER_POLICIES })
  slowConsumer!: string;
}

export class ActiveChannel {
  channel!: string;
  /** Open subscriptions to the channel by name, on all nodes. */
  @ApiProperty(wholeSchema(0))
  subscriptions!: number;
  /** Messages that are kept. */
  @ApiProperty(wholeSchema(0))
  messages!: number;
  /** Id of the last message; null if there was none in this epoch. */
  lastId!: string | null;
}

export class ChannelPage {
  items!: ActiveChannel[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}

export class PresentSubscriber {
  /** Id of the API key, or `jwt:` and the token's subject. */
  actor!: string;
  /** Its open subscriptions to the channel. */
  @ApiProperty(wholeSchema(1))
  subscriptions!: number;
}

export class PresencePage {
  channel!: string;
  /** Open subscriptions to the channel by name, on all nodes. */
  @ApiProperty(wholeSchema(0))
  subscriptions!: number;
  /** Different credentials among them. */
  @ApiProperty(wholeSchema(0))
  actors!: number;
  /** By actor. */
  items!: PresentSubscriber[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}
