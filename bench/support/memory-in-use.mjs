import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ANSWER = new URL('memory-answer.mjs', import.meta.url).href;
const LIMIT_MS = 60_000;
const POLL_MS = 50;

/**
 * A contender on Node whose memory can be looked at without what is garbage. Its `memoryOf` collects that, in a running
 * server of it, and says what is left.
 * @param {import('./running-contender.mjs').Contender} contender
 * @returns {import('./running-contender.mjs').Contender & {memoryOf(running: import('./running-contender.mjs').RunningContender): Promise<{rssBytes: number, heapBytes: number}>}}
 */
export function weighable(contender) {
  let file;
  return {
    ...contender,
    command: async (place) => {
      const { args, env, ...others } = await contender.command(place);
      file = join(place.directory, 'memory.json');
      return { ...others, args: ['--import', ANSWER, ...args], env: { ...env, MEMORY_FILE: file } };
    },
    memoryOf: async (running) => {
      rmSync(file, { force: true });
      process.kill(running.server.pid, 'SIGUSR2');
      const deadline = performance.now() + LIMIT_MS;
      while (!existsSync(file)) {
        running.requireAlive();
        if (performance.now() > deadline) throw new Error(`${running.name} does not say what memory it uses`);
        await pause(POLL_MS);
      }
      const { rss, heapUsed, external } = JSON.parse(readFileSync(file, 'utf8'));
      return { rssBytes: rss, heapBytes: heapUsed + external };
    },
  };
}
