import { Inject, Injectable } from '@nestjs/common';
import { log } from '../telemetry/log.js';
import { redisUp } from '../telemetry/metrics.js';
import type { RedisClient } from './redis-client.js';
import { COMMANDS_CLIENT, SUBSCRIBER_CLIENT } from './redis-clients.js';

/** Logs each loss and each return of a connection once, however often it is tried in between. */
@Injectable()
export class ConnectionLog {
  constructor(
    @Inject(COMMANDS_CLIENT) commands: RedisClient,
    @Inject(SUBSCRIBER_CLIENT) subscriber: RedisClient,
  ) {
    this.watch('commands', commands);
    this.watch('subscriber', subscriber);
  }

  watch(purpose: string, client: RedisClient): void {
    let lost = false;
    client.on('close', () => redisUp.set({ purpose }, 0));
    client.on('error', (error: Error) => {
      if (lost) return;
      lost = true;
      log.warn({ event: 'redis.connection.lost', purpose, reason: error.name }, 'lost a connection to Redis');
    });
    client.on('ready', () => {
      redisUp.set({ purpose }, 1);
      if (!lost) return;
      lost = false;
      log.info({ event: 'redis.connection.back', purpose }, 'connected to Redis again');
    });
  }
}
