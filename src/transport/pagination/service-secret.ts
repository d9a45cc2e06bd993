import { hkdfSync, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { documentKeys, Keyspace, SYSTEM } from '../../redis/keyspace.js';
import { RedisGateway } from '../../redis/redis-gateway.js';

documentKeys('service', {
  secret: { type: 'string', ttl: 'none', holds: 'random bytes that sign cursors, the same for every node' },
});

/** A random secret that all nodes on one Redis share; made by whichever of them starts first. */
@Injectable()
export class ServiceSecret {
  private material: Buffer | undefined;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly keyspace: Keyspace,
  ) {}

  /** Reads or makes the secret; called once before the service answers anything. */
  async load(): Promise<void> {
    const key = this.keyspace.key(SYSTEM, 'service', 'node', 'secret');
    const fresh = randomBytes(32).toString('base64');
    const standing = await this.gateway.execute((client) => client.set(key, fresh, 'NX', 'GET'), {
      repeatable: true,
    });
    this.material = Buffer.from(standing ?? fresh, 'base64');
  }

  /** 256 bits for one `purpose`, of which nothing follows about those for another (HKDF, RFC 5869). */
  derive(purpose: string, salt = ''): Buffer {
    if (this.material === undefined) throw new Error('the service secret is not loaded yet');
    return Buffer.from(hkdfSync('sha256', this.material, salt, purpose, 32));
  }
}
