import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../support/random.js';
import { RedisProcess } from '../support/redis-process.js';
import { waitUntil } from '../support/wait-until.js';

export async function startLockServers(count: number): Promise<RedisProcess[]> {
  return await Promise.all(Array.from({ length: count }, () => RedisProcess.start()));
}

/** The setting that names servers, or what stands before them. */
export function asLockServers(servers: readonly { readonly serviceUrl: string }[]): Record<string, string> {
  return { LOCK_REDIS_URLS: servers.map(({ serviceUrl }) => serviceUrl).join(',') };
}

/** How often each kind of fault happened. */
export interface Faults {
  kills: number;
  freezes: number;
}

export const toldFaults = ({ kills, freezes }: Faults) =>
  `${kills} SIGKILLs and ${freezes} freezes of a node`;

interface Disturbance {
  readonly mostMs: number;
  readonly isOver: () => boolean;
  /** Whether everybody uses all of the servers again. */
  readonly settled: () => Promise<boolean>;
  readonly faults: Faults;
}

/** Kills or freezes one server after the other, each for up to `mostMs`, until `isOver`; all of them are up afterwards. */
export async function disturb(
  servers: readonly RedisProcess[],
  random: Random,
  { mostMs, isOver, settled, faults }: Disturbance,
): Promise<void> {
  while (!isOver()) {
    await pause(random.below(mostMs));
    const server = servers[random.below(servers.length)];
    if (server === undefined || isOver()) return;
    const lastsMs = 20 + random.below(mostMs);
    // Of few, neither kind is left out.
    const kills = faults.kills === faults.freezes ? random.chance(0.5) : faults.kills < faults.freezes;
    if (kills) {
      faults.kills++;
      await server.kill();
      await pause(lastsMs);
      await server.begin();
    } else {
      faults.freezes++;
      server.freeze();
      await pause(lastsMs);
      server.thaw();
    }
    // Now and then the next one is lost before everybody has found this one again.
    if (random.chance(0.7)) await waitUntil('all servers are used', settled);
  }
}
