import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** Descriptors that a process needs besides its connections. */
const SPARE_FILES = 200;

/** Time of all cores so far, in clock ticks. */
export function machineTicks() {
  const [total] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user, nice, system, idle, wait, irq, softIrq, steal] = total
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { all: user + nice + system + idle + wait + irq + softIrq + steal, idle: idle + wait, steal };
}

/** Shares from 0 to 1 of the cores' time between two counts. */
export function machineShares(before, after) {
  const all = Math.max(1, after.all - before.all);
  return { idle: (after.idle - before.idle) / all, steal: (after.steal - before.steal) / all };
}

export function describeMachine() {
  const cores = cpus();
  return {
    node: process.version,
    linux: release(),
    processor: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

/** @throws Error that says what to do if a process may not hold so many connections */
export function requireOpenFiles(connections) {
  const needed = connections + SPARE_FILES;
  const limits = readFileSync('/proc/self/limits', 'utf8');
  // Node raises the soft limit to the hard one by itself.
  const hard = /Max open files\s+\S+\s+(\S+)/.exec(limits)?.[1];
  if (hard === undefined || hard === 'unlimited' || Number(hard) >= needed) return;
  throw new Error(
    `${connections} connections need ${needed} open files a process, and this shell allows ${hard}: ` +
      `run "ulimit -n ${needed}" first (as root, or after raising the limit in /etc/security/limits.conf)`,
  );
}

/** @throws Error where the figures could not be had */
export function requireLinux() {
  if (process.platform !== 'linux') throw new Error('the benchmarks read /proc, so they need Linux');
}
