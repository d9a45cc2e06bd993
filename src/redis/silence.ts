import type { Redis } from 'ioredis';

/** How often a connection is looked at in the time after which it is given up. */
const LOOKS = 10;

/**
 * Gives up a connection on which commands wait and nothing comes for `silenceMs`, or at most a tenth more: a server is frozen, or
 * the network cut. Unlike ioredis' `socketTimeout` it costs a command nothing, and time in which this process stood still is
 * not counted as the server's silence: what came meanwhile has yet to be read.
 */
export function giveUpOnSilence(client: Redis, silenceMs: number): void {
  let seen: { stream: unknown; bytesRead: number } | undefined;
  let silentLooks = 0;
  const look = () => {
    const { stream } = client as { stream?: Redis['stream'] };
    const isSilent =
      waitingOn(client) > 0 && stream === seen?.stream && stream?.bytesRead === seen?.bytesRead;
    silentLooks = isSilent ? silentLooks + 1 : 0;
    seen = stream && { stream, bytesRead: stream.bytesRead };
    // What waits at the first of these looks may have been sent just before it.
    if (silentLooks > LOOKS) stream?.destroy(new Error(`Redis said nothing for ${silenceMs} ms`));
  };
  const looking = setInterval(look, silenceMs / LOOKS).unref();
  client.once('end', () => clearInterval(looking));
}

/** Commands without a reply. */
function waitingOn(client: Redis): number {
  const queue: unknown = Reflect.get(client, 'commandQueue');
  if (typeof queue !== 'object' || queue === null || !('length' in queue) || typeof queue.length !== 'number')
    throw new Error('ioredis has no queue of commands any more');
  return queue.length;
}
