import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reseal } from '../../support/reseal-command.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { newKey } from '../operations/sealed-world.js';
import { at, endOf, JOBS } from './harness.js';
import { type Host, startHost } from './host.js';

const SECRET = 'a-secret-of-the-receiver';
const [OLD, NEW] = [newKey('A'), newKey('B')];

let topology: Topology;
let host: Host;
const services: TestService[] = [];

beforeAll(async () => {
  topology = await startTopology();
  host = await startHost();
});

afterAll(async () => {
  for (const service of services) await service.stop();
  await host?.stop();
  await topology?.stop();
});

async function serve(keys: string, more: Record<string, string> = {}): Promise<TestService> {
  const OUTGOING_HOSTS = `127.0.0.1:${host.port}`;
  const service = await startService({ ...topology.settings, SESSION_KEYS: keys, OUTGOING_HOSTS, ...more });
  services.push(service);
  return service;
}

describe('the headers of jobs', () => {
  it('are put under another key wherever their job is, and the old one can be dropped', async () => {
    const old = await serve(OLD);
    const payload = { url: host.url, headers: { 'X-Secret': SECRET } };
    const create = async (client: TestService, jobId: string, more: object = {}) => {
      const answer = await client.admin.post(JOBS, { kind: 'http.request', payload, jobId, ...more });
      expect(answer.status).toBe(202);
    };
    host.answers.push(404);
    await create(old, 'failed');
    expect((await endOf(old.admin, 'failed')).state).toBe('failed');
    await create(old, 'done');
    await endOf(old.admin, 'done');
    await create(old, 'daily', { cron: '* * * * * *' });
    await old.stop();
    services.pop();
    const idle = await serve(OLD, { ROLE: 'api' });
    await create(idle, 'waits');
    await create(idle, 'waits its turn', { priority: 5 });
    await create(idle, 'later', { delayMs: 86_400_000 });

    const run = await reseal({ ...topology.settings, SESSION_KEYS: `${NEW},${OLD}` });
    expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
    const [, looked, resealed] =
      /^jobs\.headers: (\d+) looked at, (\d+) resealed, 0 unreadable$/m.exec(run.stdout) ?? [];
    expect(Number(resealed)).toBeGreaterThanOrEqual(8);
    expect(Number(looked)).toBeGreaterThanOrEqual(Number(resealed));
    expect(run.stdout + run.stderr).not.toContain(SECRET);
    const again = await reseal({ ...topology.settings, SESSION_KEYS: `${NEW},${OLD}` });
    expect(again.stdout).toMatch(/^jobs\.headers: \d+ looked at, 0 resealed, 0 unreadable$/m);

    host.received.length = 0;
    const alone = await serve(NEW);
    expect((await alone.admin.post(`${at('failed')}/retry`)).status).toBe(202);
    for (const id of ['failed', 'waits', 'waits its turn'])
      expect((await endOf(alone.admin, id)).state).toBe('completed');
    await alone.admin.delete(at('daily'));
    expect(host.received.length).toBeGreaterThanOrEqual(3);
    for (const { headers } of host.received) expect(headers['x-secret']).toBe(SECRET);
  });
});
