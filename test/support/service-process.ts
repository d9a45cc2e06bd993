import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { REDIS_PLACES } from '../../src/config/load-settings.js';
import { ApiClient } from './api-client.js';
import { ADMIN_KEY, SESSION_KEYS } from './service.js';
import { waitUntil } from './wait-until.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The built service as a process of its own; its folder and settings are the test's. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly admin: ApiClient;
  /** What it wrote so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Ends it by `signal` and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `node dist/main.js`, or another `program`, with nothing of this process' environment but PATH, HOME and `environment`. */
export async function startServiceProcess(
  environment: Readonly<Record<string, string>>,
  { adminKey = ADMIN_KEY, program = MAIN }: { adminKey?: string; program?: string } = {},
): Promise<ServiceProcess> {
  const hasOwnRedis = REDIS_PLACES.some((name) => name in environment);
  let stdout = '';
  let stderr = '';
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      ADMIN_API_KEY: adminKey,
      ...(hasOwnRedis ? { SESSION_KEYS } : {}),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  const port = await waitUntil(
    'the service is ready',
    () => {
      if (child.exitCode !== null) throw new Error(`the service ended: ${stderr}\n${stdout}`);
      return /"event":"service.ready","port":(\d+)/.exec(stdout)?.[1];
    },
    { timeoutMs: 90_000 },
  ).catch(async (error: unknown) => {
    await stop('SIGKILL');
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    child,
    url,
    admin: new ApiClient(url, adminKey),
    stdout: () => stdout,
    stderr: () => stderr,
    stop,
  };
}
