import { Inject, Injectable, Optional } from '@nestjs/common';
import { RedisService } from '@liaoliaots/nestjs-redis';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { ConnectionLog } from './connection-log.js';
import type { Purpose } from './connection-options.js';
import { RedisGateway } from './redis-gateway.js';
import { ScriptRunner } from './script-runner.js';
import { Subscriptions } from './subscriptions.js';

/** One of the servers that keep the locks, and the only ways to use it. */
export interface LockNode {
  readonly gateway: RedisGateway;
  readonly scripts: ScriptRunner;
  readonly subscriptions: Subscriptions;
}

/** The servers that keep the locks: those of LOCK_REDIS_URLS, which know nothing of each other, or the shared Redis alone. */
@Injectable()
export class LockNodes {
  readonly all: readonly LockNode[];
  /** How many of them decide. */
  readonly majority: number;

  constructor(
    gateway: RedisGateway,
    scripts: ScriptRunner,
    subscriptions: Subscriptions,
    private readonly connections: ConnectionLog,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Optional() private readonly redis?: RedisService,
  ) {
    const urls = settings.LOCK_REDIS_URLS;
    this.all = urls ? urls.map((_url, at) => this.node(at + 1)) : [{ gateway, scripts, subscriptions }];
    this.majority = Math.floor(this.all.length / 2) + 1;
  }

  /** How many of them answer. */
  async reachable(): Promise<number> {
    const answers = await Promise.allSettled(
      this.all.map(({ gateway }) => gateway.execute((client) => client.ping(), { repeatable: true })),
    );
    return answers.filter(({ status }) => status === 'fulfilled').length;
  }

  private node(number: number): LockNode {
    const client = (purpose: Purpose) => {
      const name = `lock-${number}-${purpose}`;
      if (this.redis === undefined) throw new Error(`there is no connection ${name}`);
      const found = this.redis.getOrThrow(name);
      this.connections.watch(name, found);
      return found;
    };
    const gateway = new RedisGateway(client('commands'), this.settings);
    const subscriptions = new Subscriptions(client('subscriber'), this.settings);
    subscriptions.onModuleInit();
    return { gateway, scripts: new ScriptRunner(gateway), subscriptions };
  }
}
