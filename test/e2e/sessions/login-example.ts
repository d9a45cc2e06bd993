import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../../support/wait-until.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/sessions/express-login.mjs', import.meta.url));

/** The example of a login as a process of its own. */
export interface LoginExample {
  readonly url: string;
  /** Ends it and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts it on a free port, with nothing of this process' environment but PATH, HOME and `environment`. */
export async function startLoginExample(
  environment: Readonly<Record<string, string>>,
): Promise<LoginExample> {
  const { child, output } = spawned(environment);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    return child.exitCode;
  };
  const url = await waitUntil(
    'the example answers',
    () => {
      if (child.exitCode !== null) throw new Error(`the example ended: ${output()}`);
      return /http:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0];
    },
    { timeoutMs: 60_000 },
  ).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url, stop };
}

/** Runs it until it ends by itself. */
export async function runLoginExample(
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const { child, output } = spawned(environment);
  await once(child, 'close');
  return { code: child.exitCode, output: output() };
}

function spawned(environment: Readonly<Record<string, string>>): {
  child: ChildProcess;
  output: () => string;
} {
  const child = spawn(process.execPath, [EXAMPLE, '--port', '0'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}
