import { Injectable } from '@nestjs/common';
import { asNumber } from './decode.js';
import { RedisGateway } from './redis-gateway.js';
import { defineScript } from './script.js';
import { ScriptRunner } from './script-runner.js';

const sayListedScript = defineScript({
  file: new URL('./scripts/say-listed.lua', import.meta.url),
  keys: ['info'],
  args: [],
  decode: (reply) => asNumber(reply) === 1,
});

/** Where the list of a tenant's resources is, and where one of them says that it is on it. */
export interface NamePlace {
  /** The sorted set of names. */
  readonly index: string;
  /** The resource's own hash; without it there is no such resource. */
  readonly info: string;
  readonly name: string;
}

/**
 * Lists of names, by tenant. A list lies in a slot of its own, so it follows its resources and never leads: an entry
 * without its resource is passed over, and a resource that is not listed yet says so at its next write and is listed then.
 */
@Injectable()
export class NameIndex {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
  ) {}

  async add(place: NamePlace): Promise<void> {
    const { index, info, name } = place;
    await this.gateway.execute((client) => client.zadd(index, 0, name), { repeatable: true });
    const stands = await this.scripts.run(sayListedScript, { keys: { info }, args: {}, repeatable: true });
    // It may have been taken off the list before it was on it.
    if (!stands) await this.remove(place);
  }

  async remove(place: NamePlace): Promise<void> {
    await this.gateway.execute((client) => client.zrem(place.index, place.name), { repeatable: true });
    // A write may have made the resource anew, and listed it, between its removal and the line above.
    const standsAgain = await this.gateway.execute((client) => client.exists(place.info), {
      repeatable: true,
    });
    if (standsAgain) await this.add(place);
  }

  /** Up to `limit` names after `after`, in byte order. */
  async names(index: string, after: string | undefined, limit: number): Promise<string[]> {
    const from = after === undefined ? '-' : `(${after}`;
    return await this.gateway.execute((client) => client.zrangebylex(index, from, '+', 'LIMIT', 0, limit), {
      repeatable: true,
    });
  }
}
