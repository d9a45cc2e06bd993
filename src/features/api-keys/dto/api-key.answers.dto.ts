import { ApiProperty } from '@nestjs/swagger';
import { instantSchema } from '../../../transport/validation/api-schemas.js';

export class ApiKeyView {
  id!: string;
  name!: string;
  tenant!: string;
  roles!: string[];
  permissions!: string[];
  @ApiProperty(instantSchema)
  createdAt!: string;
  /** When the key stops working; null for never. */
  @ApiProperty({ ...instantSchema, nullable: true })
  expiresAt!: string | null;
}

export class CreatedApiKey extends ApiKeyView {
  /** The whole API key, `fk_<id>_<secret>`, to be sent as a Bearer token; shown here alone. */
  secret!: string;
}

export class ApiKeyPage {
  items!: ApiKeyView[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}

export class CallerView {
  kind!: 'api-key' | 'jwt' | 'in-process';
  id!: string;
  tenant!: string;
  roles!: string[];
  /** Every permission that the credential has, those of its roles included. */
  permissions!: string[];
}
