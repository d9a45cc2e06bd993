import { Injectable } from '@nestjs/common';
import type { Reply } from './decode.js';
import { type FenceCheck, refuseStale } from './fence.js';
import type { RedisClient } from './redis-client.js';
import { RedisGateway, type Repeatability } from './redis-gateway.js';
import { ScriptCommand } from './script-command.js';
import type { Script, ScriptText } from './script.js';

/** The named values of one call of a script. */
export interface ScriptCall<Key extends string, Arg extends string> extends Repeatability {
  readonly keys: Readonly<Record<Key, string>>;
  readonly restKeys?: readonly string[];
  readonly args: Readonly<Record<Arg, string | number>>;
  readonly rest?: readonly (string | number)[];
  /** Of a write that may be refused because a newer token was seen; the script has a line `-- fence`. */
  readonly fence?: FenceCheck | undefined;
}

/** Runs scripts by digest, on whichever node of a cluster holds their keys. */
@Injectable()
export class ScriptRunner {
  constructor(private readonly gateway: RedisGateway) {}

  /** @throws AppError `redis.unavailable` or `redis.outcome-unknown`; `fence.stale` if the call has a fence */
  async run<Key extends string, Arg extends string, Result>(
    script: Script<Key, Arg, Result>,
    call: ScriptCall<Key, Arg>,
  ): Promise<Result> {
    const { fence } = call;
    const text = fence === undefined ? script : fencedText(script);
    // One list, filled in place: every request comes by here.
    const values: (string | number)[] = [];
    for (const key of script.keys) values.push(call.keys[key]);
    if (call.restKeys) for (const key of call.restKeys) values.push(key);
    if (fence !== undefined) values.push(fence.key);
    const keyCount = values.length;
    for (const arg of script.args) values.push(call.args[arg]);
    if (call.rest) for (const value of call.rest) values.push(value);
    if (fence !== undefined) values.push(fence.token);
    const reply = await this.gateway.execute((client) => evaluate(client, text, keyCount, values), call);
    if (fence !== undefined) refuseStale(reply, fence);
    return script.decode(reply);
  }
}

/** @throws Error if the script would ignore the fence */
function fencedText({ file, fenced }: Script<string, string, unknown>): ScriptText {
  if (fenced === undefined) throw new Error(`${file.pathname.split('/').at(-1)} checks no fence`);
  return fenced;
}

/** One try of the gateway, which so knows of all that may have happened; not `async`, for that would be promises more. */
function evaluate(
  client: RedisClient,
  { sha, source }: ScriptText,
  keyCount: number,
  values: readonly (string | number)[],
): Promise<Reply> {
  const command = new ScriptCommand(sha, keyCount, values);
  client.sendCommand(command);
  const reply: Promise<Reply> = command.promise;
  return reply.catch((error: unknown) => {
    // The node has not seen the script (a restart, a new master): nothing ran, and EVAL teaches it.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return client.eval(source, keyCount, ...values);
  });
}
