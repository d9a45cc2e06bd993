import { IntersectionType } from '@nestjs/swagger';
import { IsIn, ValidateBy } from 'class-validator';
import { IsName, MayBeLeftOut } from '../../../transport/validation/rules.js';
import { IsPatternName, IsPosition } from './channel.dto.js';
import { MessageBody } from './message.dto.js';

const MAX_REF_LENGTH = 128;
const KEY = /^[\x21-\x7e]{1,255}$/;

const isRef = (value: unknown): boolean =>
  Number.isSafeInteger(value) || (typeof value === 'string' && value.length <= MAX_REF_LENGTH);

/** What every frame of a client has. */
class Frame {
  /** Comes back in the answer. */
  @MayBeLeftOut()
  @ValidateBy({
    name: 'isRef',
    validator: {
      validate: isRef,
      defaultMessage: () => `must be a whole number or a text of at most ${MAX_REF_LENGTH} characters`,
    },
  })
  ref?: string | number;
}

/** One of the two. */
class TargetFrame extends Frame {
  /** Name of the channel. */
  @MayBeLeftOut()
  @IsName()
  channel?: string;

  @MayBeLeftOut()
  @IsPatternName()
  pattern?: string;
}

export class SubscribeFrame extends TargetFrame {
  @IsIn(['subscribe'])
  type!: 'subscribe';

  /** Id of the last message that the client has; only with a channel. */
  @MayBeLeftOut()
  @IsPosition()
  since?: string;
}

export class UnsubscribeFrame extends TargetFrame {
  @IsIn(['unsubscribe'])
  type!: 'unsubscribe';
}

export class PublishFrame extends IntersectionType(Frame, MessageBody) {
  @IsIn(['publish'])
  type!: 'publish';

  @IsName()
  channel!: string;

  /** As Idempotency-Key. */
  @MayBeLeftOut()
  @ValidateBy({
    name: 'isKey',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && KEY.test(value),
      defaultMessage: () => 'must be 1 to 255 visible ASCII characters',
    },
  })
  key?: string;
}

export class PingFrame extends Frame {
  @IsIn(['ping'])
  type!: 'ping';
}
