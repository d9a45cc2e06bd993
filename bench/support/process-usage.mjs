import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of /proc/<pid>/stat a second; 100 wherever Linux runs Node. */
const TICKS_A_SECOND = 100;

/**
 * What a process, its threads and its descendants have used so far.
 * @returns {{cpuMicros: number, rssBytes: number, peakRssBytes: number}}
 */
export function usageOf(pid) {
  const tree = descendantsOf(pid);
  const sum = (value) => tree.reduce((total, each) => total + value(each), 0);
  return {
    cpuMicros: sum(cpuMicrosOf),
    rssBytes: sum((each) => statusBytes(each, 'VmRSS')),
    peakRssBytes: sum((each) => statusBytes(each, 'VmHWM')),
  };
}

/** @returns {number[]} the processes that `pid` has started and that run */
export function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(statFields(name)[1]) === pid)
    .map(Number);
}

/** @returns {number[]} the process itself and all processes below it */
function descendantsOf(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(statFields(name)[1]));
  }
  const tree = [pid];
  // Grows while it is walked: the children of each are appended.
  for (const parent of tree) for (const [child, of] of parents) if (of === parent) tree.push(child);
  return tree;
}

/** The scheduler's own count in ns where there is one, else the clock ticks that the process was seen running in. */
function cpuMicrosOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce(
      (total, thread) => total + Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1000,
      0,
    );
  } catch {
    const fields = statFields(pid);
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS_A_SECOND;
  }
}

/** The fields of /proc/<pid>/stat after the program's name, which may hold spaces; zeros if the process is gone. */
function statFields(pid) {
  try {
    const stat = read(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return Array(20).fill('0');
  }
}

function statusBytes(pid, field) {
  try {
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

const read = (path) => readFileSync(path, 'utf8');
