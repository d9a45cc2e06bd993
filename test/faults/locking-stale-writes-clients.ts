import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ApiClient } from '../support/api-client.js';
import { ADMIN_KEY } from '../support/service.js';

const PROGRAM = fileURLToPath(new URL('locking-stale-writes-holder.mjs', import.meta.url));

export interface Posted {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Whoever takes locks and writes under them. */
export interface Client {
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Posted>;
}

/** A client in this process. */
export function clientHere(admin: ApiClient): Client {
  return {
    post: async (path, body, headers = {}) => {
      const { status, body: answer } = await admin.post(path, body, { ...headers });
      return { status, body: answer as Posted['body'] };
    },
  };
}

/** A client that is a process of its own, which can be frozen. */
export class ClientProcess implements Client {
  private readonly child: ChildProcess;
  private readonly open = new Map<number, (answer: Posted) => void>();
  private sent = 0;

  constructor(url: string) {
    this.child = fork(PROGRAM, [JSON.stringify({ url, token: ADMIN_KEY })], { execArgv: [] });
    this.child.on('message', ({ number, answer }: { number: number; answer: Posted }) => {
      this.open.get(number)?.(answer);
      this.open.delete(number);
    });
  }

  post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Posted> {
    const number = this.sent++;
    const answer = new Promise<Posted>((resolve) => this.open.set(number, resolve));
    this.child.send({ number, path, body, headers });
    return answer;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
