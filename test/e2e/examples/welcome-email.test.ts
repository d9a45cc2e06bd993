import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/locking/welcome-email.mjs', import.meta.url));

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

function runExample(...more: readonly string[]): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, [EXAMPLE, '--url', service.url, ...more], {
    env: { PATH: process.env.PATH, FULCRUM_API_KEY: ADMIN_KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, lines: output.trim().split('\n') }));
  });
}

const lengthOf = async (order: string): Promise<unknown> =>
  (await service.admin.get(`/v1/streams/welcome-emails:${order}`)).body.length;

describe('the example of the welcome email', () => {
  it('has two workers and one email', async () => {
    const { code, lines } = await runExample();
    expect(
      lines
        .slice(0, 2)
        .map((line) => line.replace(/^worker [12] /, ''))
        .sort(),
    ).toEqual(['found the email sent', 'sent the email']);
    expect(lines[2]).toBe('emails in the mailbox for order_123: 1');
    expect(code).toBe(0);
    // Whoever comes later finds it sent.
    expect((await runExample()).code).toBe(0);
    expect(await lengthOf('order_123')).toBe(1);
  });

  it('has one email however many workers there are', async () => {
    const { code, lines } = await runExample('--order', 'order_5', '--workers', '5');
    expect(lines.filter((line) => /the email/.test(line))).toHaveLength(5);
    expect(lines.filter((line) => /worker \d sent/.test(line))).toHaveLength(1);
    expect(code).toBe(0);
  });

  it('has one email when a worker died while it had the lock', async () => {
    const resource = 'payment_processing:order_dead';
    const died = await service.admin.post('/v1/locks', { resources: [resource], ttlMs: 600, owner: 'died' });
    expect(died.status).toBe(201);
    const { code } = await runExample('--order', 'order_dead');
    expect(code).toBe(0);
    // Back from the dead, it still believes that it may send.
    const late = await service.admin.post(
      '/v1/streams/welcome-emails:order_dead/entries',
      { data: { subject: 'Welcome' } },
      { fence: `${resource}=${died.body.fencingToken}` },
    );
    expect([late.status, late.body.code]).toEqual([412, 'fence.stale']);
    expect(await lengthOf('order_dead')).toBe(1);
  });
});
