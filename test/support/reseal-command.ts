import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const RESEAL = fileURLToPath(new URL('../../dist/reseal.js', import.meta.url));

/** What a run of the command came to. */
export interface ResealRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `node dist/reseal.js`, which is what `npm run reseal` does. */
export function beginReseal(environment: Readonly<Record<string, string>>): {
  readonly child: ChildProcess;
  readonly ended: Promise<ResealRun>;
} {
  let stdout = '';
  let stderr = '';
  const child = spawn(process.execPath, [RESEAL], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return { child, ended };
}

export async function reseal(environment: Readonly<Record<string, string>>): Promise<ResealRun> {
  return await beginReseal(environment).ended;
}
