import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { documentKeys, Keyspace, SYSTEM } from '../../redis/keyspace.js';
import { RedisGateway } from '../../redis/redis-gateway.js';

documentKeys('messages', {
  claim: { type: 'string', ttl: '60 s', holds: 'the delivery of a request message that is executed' },
});

/** Longer than any client waits for an answer, so that no copy of a packet can arrive after its claim. */
const CLAIM_TTL_MS = 60_000;

/** Decides which replica executes a request message. */
@Injectable()
export class MessageClaims {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly keyspace: Keyspace,
  ) {}

  /**
   * Whether this delivery of the packet `id` is the one to execute; true for one delivery to one replica at most.
   * A packet can come twice: a client whose connection broke sends it again.
   */
  async claim(id: string): Promise<boolean> {
    const name = createHash('sha256').update(id).digest('hex');
    const key = this.keyspace.key(SYSTEM, 'messages', name, 'claim');
    // By this a repeated SET, whose first reply was lost, knows its own claim.
    const delivery = randomUUID();
    const holder = await this.gateway.execute(
      (client) => client.set(key, delivery, 'PX', CLAIM_TTL_MS, 'NX', 'GET'),
      { repeatable: true },
    );
    return holder === null || holder === delivery;
  }
}
