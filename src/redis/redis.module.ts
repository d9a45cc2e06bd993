import { type DynamicModule, Module } from '@nestjs/common';
import { ClusterModule, ClusterService, RedisModule, RedisService } from '@liaoliaots/nestjs-redis';
import type { Settings } from '../config/setting-specs.js';
import { ClusterConnectionOptions, type Purpose, StandaloneConnectionOptions } from './connection-options.js';
import { ConnectionLog } from './connection-log.js';
import { JobConnections } from './job-connections.js';
import { Durability } from './durability.js';
import { Keyspace } from './keyspace.js';
import { LockNodes } from './lock-nodes.js';
import { COMMANDS_CLIENT, SUBSCRIBER_CLIENT } from './redis-clients.js';
import { NameIndex } from './name-index.js';
import { RedisGateway } from './redis-gateway.js';
import { ScriptRunner } from './script-runner.js';
import { Slots } from './slots.js';
import { Subscriptions } from './subscriptions.js';

const PURPOSES: readonly (readonly [symbol, Purpose])[] = [
  [COMMANDS_CLIENT, 'commands'],
  [SUBSCRIBER_CLIENT, 'subscriber'],
];

/** The shared Redis provider: its connections by purpose, and the only ways to use them. */
@Module({})
export class SharedRedisModule {
  static forRoot(settings: Settings): DynamicModule {
    const cluster = settings.REDIS_CLUSTER_NODES !== undefined;
    const clients = PURPOSES.map(([provide, purpose]) =>
      cluster
        ? {
            provide,
            useFactory: (service: ClusterService) => service.getOrThrow(purpose),
            inject: [ClusterService],
          }
        : {
            provide,
            useFactory: (service: RedisService) => service.getOrThrow(purpose),
            inject: [RedisService],
          },
    );
    const providers = [
      ...clients,
      Durability,
      Keyspace,
      NameIndex,
      RedisGateway,
      ScriptRunner,
      Slots,
      Subscriptions,
      ConnectionLog,
      LockNodes,
      JobConnections,
    ];
    return {
      module: SharedRedisModule,
      global: true,
      imports: [
        ...(cluster ? [ClusterModule.forRootAsync({ useClass: ClusterConnectionOptions })] : []),
        ...(cluster && !settings.LOCK_REDIS_URLS
          ? []
          : [RedisModule.forRootAsync({ useClass: StandaloneConnectionOptions })]),
      ],
      providers,
      exports: providers,
    };
  }
}
