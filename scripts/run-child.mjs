import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/**
 * Runs a Node program with this terminal and returns its exit code, by the convention of shells
 * 128 + n when signal n ended it. SIGINT and SIGTERM reach the program once.
 */
export async function runChild(args) {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    let seen = false;
    process.on(signal, () => {
      if (!seen && !(signal === 'SIGINT' && isInForeground())) child.kill(signal);
      seen = true;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** In the foreground of a terminal, Ctrl-C has reached the program already. */
function isInForeground() {
  if (process.platform !== 'linux') return process.stdin.isTTY === true;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [processGroup, foregroundGroup] = [fields[2], fields[5]];
  return processGroup === foregroundGroup;
}
