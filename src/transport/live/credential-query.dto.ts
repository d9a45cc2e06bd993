import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { MayBeLeftOut } from '../validation/rules.js';

/** What every route takes that browsers open by an EventSource or a WebSocket, which send no Authorization header. */
export class CredentialQuery {
  /** An API key or a JSON Web Token, for a client that cannot send `Authorization`. */
  @ApiProperty({ type: 'string', format: 'password' })
  @MayBeLeftOut()
  @Matches(/^[\x21-\x7e]+$/, { message: 'must be an API key or a JSON Web Token' })
  access_token?: string;
}
