import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Short, so that a process which has used up its share waits for milliseconds and not for tenths of a second. */
const PERIOD_MICROS = 10_000;

/** Where the kernel's control groups of either version are, and how a limit is written. */
const VERSIONS = [
  {
    root: '/sys/fs/cgroup/cpu',
    limit: (group, micros) => {
      write(group, 'cpu.cfs_period_us', PERIOD_MICROS);
      write(group, 'cpu.cfs_quota_us', micros);
    },
  },
  {
    root: '/sys/fs/cgroup',
    limit: (group, micros) => write(group, 'cpu.max', `${micros} ${PERIOD_MICROS}`),
  },
];

/** Holds processes to a share of a core, by a control group of its own; needs the right to make one. */
export class CpuLimit {
  #root;
  #group;

  /**
   * @param {string} name of the group, new on this machine
   * @param {number} cores that the processes in it get together, such as 0.4
   * @throws Error that says what is missing
   */
  constructor(name, cores) {
    const failures = [];
    for (const { root, limit } of VERSIONS) {
      const group = join(root, name);
      try {
        mkdirSync(group);
      } catch (error) {
        failures.push(error.message);
        continue;
      }
      try {
        limit(group, Math.round(cores * PERIOD_MICROS));
        this.#root = root;
        this.#group = group;
        return;
      } catch (error) {
        failures.push(error.message);
        rmdirSync(group);
      }
    }
    throw new Error(failures.join('; '));
  }

  /** From here on the process `pid`, with all its threads, is held to the share. */
  add(pid) {
    write(this.#group, 'cgroup.procs', pid);
  }

  /** Lets its processes go, and takes the group away. */
  async end() {
    for (const pid of readFileSync(join(this.#group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
      try {
        write(this.#root, 'cgroup.procs', pid);
      } catch (error) {
        // It has ended meanwhile.
        if (error.code !== 'ESRCH') throw error;
      }
    }
    rmdirSync(this.#group);
  }
}

function write(group, file, value) {
  writeFileSync(join(group, file), String(value));
}
