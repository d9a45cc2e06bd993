import { ApiHideProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { MayBeLeftOut } from '../validation/rules.js';

/** What every route takes that browsers open by an EventSource or a WebSocket, which send no Authorization header. */
export class CredentialQuery {
  /** What would stand after `Bearer` in Authorization. The document has it among the security schemes. */
  @ApiHideProperty()
  @MayBeLeftOut()
  @Matches(/^[\x21-\x7e]+$/, { message: 'must be an API key or a JSON Web Token' })
  access_token?: string;
}
