import { Global, Module } from '@nestjs/common';
import { OutgoingRequests, RESOLVE_HOST, resolveHost } from './outgoing-requests.js';

@Global()
@Module({
  providers: [OutgoingRequests, { provide: RESOLVE_HOST, useValue: resolveHost }],
  exports: [OutgoingRequests],
})
export class OutgoingModule {}
