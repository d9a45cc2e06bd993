import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn } from 'class-validator';
import { identitySchema, instantSchema, wholeSchema } from '../../../transport/validation/api-schemas.js';
import { IsIdentity, IsJsonObject } from '../../../transport/validation/rules.js';

export const COMPLETE_EFFECT = 'pipeline.complete';

/** A payload: its id, and whatever else it holds, 64 KiB at most. */
export const payloadSchema = {
  type: 'object',
  required: ['id'],
  properties: { id: identitySchema },
  additionalProperties: true,
};

/** What a payload has become. */
export const processedSchema = {
  type: 'object',
  required: ['id', 'status', 'timestamp'],
  properties: {
    id: identitySchema,
    status: { type: 'string', enum: ['processed'] },
    timestamp: instantSchema,
  },
  additionalProperties: true,
};

export class NoData {}

export class PayloadPath {
  /** The payload's id, percent-encoded. */
  @ApiProperty(identitySchema)
  @IsIdentity()
  id!: string;
}

export class CompleteEffect extends PayloadPath {
  @IsIn([COMPLETE_EFFECT])
  kind!: typeof COMPLETE_EFFECT;

  /** What the payload has become: a JSON object of at most 64 KiB. */
  @IsJsonObject()
  result!: Record<string, unknown>;
}

export class ConfigureProcessorBody {
  /** Whether payloads are processed; a deactivated processor answers 503, and workers wait. */
  @IsBoolean({ message: 'must be true or false' })
  active!: boolean;
}

/** As `processedSchema` has it. */
export type ProcessedPayload = Readonly<Record<string, unknown>>;

export class QueuedPayload {
  @ApiProperty(identitySchema)
  id!: string;
  /** `processing` if somebody is at it already. */
  @ApiProperty({ type: 'string', enum: ['queued', 'processing'] })
  status!: 'queued' | 'processing';
}

export class PayloadState {
  @ApiProperty(identitySchema)
  id!: string;
  @ApiProperty({ type: 'string', enum: ['queued', 'processing', 'processed', 'failed'] })
  status!: 'queued' | 'processing' | 'processed' | 'failed';
  /** What a processed payload has become. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  result?: Record<string, unknown>;
  /** Why a payload failed. */
  reason?: string;
}

export class ProcessorView {
  active!: boolean;
  @ApiProperty(wholeSchema(0))
  queued!: number;
  @ApiProperty(wholeSchema(0))
  processing!: number;
  /** In all, also those of which nothing is known any more. */
  @ApiProperty(wholeSchema(0))
  processed!: number;
  /** In all, less those that were given again. */
  @ApiProperty(wholeSchema(0))
  failed!: number;
}
