import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Caller } from '../../../src/access/caller.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { StartError } from '../../../src/errors/start-error.js';
import { SubmissionsService } from '../../../src/features/leaderboards/leaderboards.submissions.service.js';
import { SessionsService } from '../../../src/features/sessions/sessions.sessions.service.js';
import { SessionSweeper } from '../../../src/features/sessions/sessions.sweeper.js';
import { openServices, type Services, settingsOfRunningService } from '../../../src/services.js';
import { SESSION_KEYS, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

let topology: Topology;
let service: TestService;
let folder: string;
let services: Services | undefined;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({ ...topology.settings, ROLE: 'api' });
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-services-'));
});

afterEach(async () => {
  await services?.close();
  services = undefined;
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
  await rm(folder, { recursive: true, force: true });
});

const silent = (more: Readonly<Record<string, string>> = {}) =>
  loadSettings({ ...topology.settings, SESSION_KEYS, LOG_LEVEL: 'silent', ...more });

const inFolder = (more: Readonly<Record<string, string>> = {}) =>
  loadSettings({ DATA_DIR: folder, LOG_LEVEL: 'silent', ...more });

describe('the services in a process that does not serve the API', () => {
  it('do what those of the API do, on the same data', async () => {
    services = await openServices(silent());
    await services
      .get(SubmissionsService)
      .submit(Caller.inProcess(), { board: 'from-a-process', member: 'a', score: 3 });
    const entry = await service.admin.get('/v1/leaderboards/from-a-process/entries/a');
    expect(entry.body).toMatchObject({ score: 3, rank: 1 });
    const { token } = await services.get(SessionsService).create(Caller.inProcess(), { userId: 'someone' });
    const current = await service.admin.get('/v1/sessions/current', { 'session-token': token });
    expect(current.body).toMatchObject({ userId: 'someone' });
  });

  it('take no part in messages', async () => {
    const subscribers = async () => {
      const client = topology.connect();
      try {
        await client.ping();
        // Each server counts its own.
        const servers = client instanceof Cluster ? client.nodes('master') : [client];
        const counts = await Promise.all(
          servers.map((server) => server.pubsub('NUMSUB', 'leaderboards.submissions.create')),
        );
        return counts.reduce((sum, [, count]) => sum + Number(count), 0);
      } finally {
        client.disconnect();
      }
    };
    const before = await subscribers();
    expect(before).toBeGreaterThan(0);
    services = await openServices(silent());
    expect(await subscribers()).toBe(before);
  });

  it.each([
    ['all', 'queued'],
    ['worker', 'processed'],
  ] as const)('with ROLE=%s leave a payload %s', async (role, becomes) => {
    services = await openServices(silent({ ROLE: role }));
    const payload = { id: `for ${role}` };
    await service.admin.post('/v1/pipeline/payloads', payload, { prefer: 'respond-async' });
    const deadline = performance.now() + 3000;
    let status: unknown;
    do {
      ({ status } = (
        await service.admin.get(`/v1/pipeline/payloads/${encodeURIComponent(payload.id)}`)
      ).body);
      await pause(100);
    } while (status !== 'processed' && performance.now() < deadline);
    expect(status).toBe(becomes);
  });

  it.each(['api', 'worker'])('with ROLE=%s take away sessions that are over', async (role) => {
    const start = vi.spyOn(SessionSweeper.prototype, 'start');
    services = await openServices(silent({ ROLE: role }));
    expect(start).toHaveBeenCalledOnce();
    start.mockRestore();
  });

  it('say why they do not open, and leave nothing behind', async () => {
    const nowhere = silent({
      REDIS_URL: 'redis://127.0.0.1:1',
      REDIS_CLUSTER_NODES: '',
      REDIS_SENTINELS: '',
      REDIS_SENTINEL_MASTER: '',
      REDIS_START_WAIT_MS: '200',
    });
    await expect(openServices(nowhere)).rejects.toThrow(/127.0.0.1:1 did not answer within 200 ms/);
    await expect(openServices(inFolder())).rejects.toThrow(StartError);
    services = await openServices(silent());
    expect(() => services?.get(class Unknown {})).toThrow();
  });
});

describe('the settings of a running service', () => {
  it('are those that are given, if they name a Redis', async () => {
    const settings = silent();
    expect(await settingsOfRunningService(settings)).toBe(settings);
  });

  it('are else those of the embedded Redis, with the keys that the service keeps or those that are given', async () => {
    await expect(settingsOfRunningService(inFolder())).rejects.toThrow(
      /No service with an embedded Redis runs/,
    );
    await mkdir(join(folder, 'redis'));
    await writeFile(join(folder, 'redis', 'redis.url'), 'redis://:secret@127.0.0.1:7000\n');
    await expect(settingsOfRunningService(inFolder())).rejects.toThrow(/There are no keys/);
    const given = await settingsOfRunningService(inFolder({ SESSION_KEYS }));
    expect(given).toMatchObject({
      REDIS_URL: 'redis://:secret@127.0.0.1:7000',
      SESSION_KEYS: [{ id: 'test' }],
    });
    const kept = `kept:${Buffer.alloc(32, 9).toString('base64')}`;
    await writeFile(join(folder, 'session.keys'), `${kept}\n`);
    expect(await settingsOfRunningService(inFolder())).toMatchObject({ SESSION_KEYS: [{ id: 'kept' }] });
    await writeFile(join(folder, 'session.keys'), 'no keys\n');
    await expect(settingsOfRunningService(inFolder())).rejects.toThrow(/must hold comma-separated/);
    expect(await readFile(join(folder, 'session.keys'), 'utf8')).toBe('no keys\n');
  });
});
