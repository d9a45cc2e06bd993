import { Injectable } from '@nestjs/common';
import { RedisGateway, type Repeatability } from './redis-gateway.js';
import type { Script } from './script.js';

/** The named values of one call of a script. */
export interface ScriptCall<Key extends string, Arg extends string> extends Repeatability {
  readonly keys: Readonly<Record<Key, string>>;
  readonly restKeys?: readonly string[];
  readonly args: Readonly<Record<Arg, string | number>>;
  readonly rest?: readonly (string | number)[];
}

/** Runs scripts by digest, on whichever node of a cluster holds their keys. */
@Injectable()
export class ScriptRunner {
  constructor(private readonly gateway: RedisGateway) {}

  /** @throws AppError `redis.unavailable` or `redis.outcome-unknown` */
  async run<Key extends string, Arg extends string, Result>(
    script: Script<Key, Arg, Result>,
    call: ScriptCall<Key, Arg>,
  ): Promise<Result> {
    const keys = [...script.keys.map((key) => call.keys[key]), ...(call.restKeys ?? [])];
    const values = [...script.args.map((arg) => call.args[arg]), ...(call.rest ?? [])];
    try {
      return script.decode(
        await this.gateway.execute(
          (client) => client.evalsha(script.sha, keys.length, ...keys, ...values),
          call,
        ),
      );
    } catch (error) {
      // The node has not seen the script (a restart, a new master): nothing ran, and EVAL teaches it.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return script.decode(
        await this.gateway.execute(
          (client) => client.eval(script.source, keys.length, ...keys, ...values),
          call,
        ),
      );
    }
  }
}
