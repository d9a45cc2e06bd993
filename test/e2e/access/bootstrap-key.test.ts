import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeyStore } from '../../../src/access/api-key-store.js';
import { BootstrapKey } from '../../../src/access/bootstrap-key.js';
import { SETTINGS } from '../../../src/config/load-settings.js';
import type { Settings } from '../../../src/config/setting-specs.js';
import { startServiceProcess } from '../../support/service-process.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

let topology: Topology;
let folder: string;
let settings: Record<string, string>;

beforeAll(async () => {
  topology = await startTopology();
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-bootstrap-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await topology.stop();
});

/** A keyspace that no service has seen, which is to this service what an empty Redis is. */
beforeEach(async () => {
  const prefix = `bootstrap-${randomUUID()}`;
  await topology.admitPrefix(prefix);
  settings = {
    ...topology.settings,
    ADMIN_API_KEY: '',
    REDIS_KEY_PREFIX: prefix,
    DATA_DIR: join(folder, randomUUID()),
  };
});

async function admins(service: TestService, key: string): Promise<string[]> {
  const { status, body } = await service.as(key).get('/v1/api-keys?limit=1000');
  expect(status).toBe(200);
  return (body as { items: { id: string }[] }).items.map(({ id }) => id);
}

describe('the first admin key', () => {
  it('is made once, kept in a file for its owner alone, and shown by that first start only', async () => {
    const file = join(settings.DATA_DIR ?? '', 'admin.key');
    const first = await startServiceProcess(settings);
    const shown = /Admin key {2}(fk_\S+) \(shown once; kept in (\S+)\)/.exec(first.stderr());
    expect(shown?.[2]).toBe(file);
    expect(await readFile(file, 'utf8')).toBe(`${shown?.[1]}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(settings.DATA_DIR ?? '')).mode & 0o777).toBe(0o700);
    expect(first.stdout()).not.toContain(shown?.[1]);
    expect(await first.stop()).toBe(0);

    const second = await startServiceProcess(settings);
    expect(second.stderr()).toContain(`Admin key  in ${file}`);
    expect(second.stdout() + second.stderr()).not.toContain(shown?.[1]);
    const me = await fetch(`${second.url}/v1/me`, { headers: { authorization: `Bearer ${shown?.[1]}` } });
    expect(await me.json()).toMatchObject({ tenant: 'default', roles: ['admin'], permissions: ['*:*'] });
    expect(await second.stop()).toBe(0);
  });

  it.each([
    ['folders of their own', () => [join(folder, randomUUID()), join(folder, randomUUID())]],
    ['one folder', () => Array.from({ length: 2 }, () => settings.DATA_DIR ?? '')],
  ])('is one when two nodes start at once, with %s', async (_what, folders) => {
    const directories = folders();
    const nodes = await Promise.all(
      directories.map((directory) => startService({ ...settings, DATA_DIR: directory })),
    );
    const notices = nodes.map(({ application }) => application.adminKey);
    const keys = notices.flatMap((notice) => (notice.kind === 'made' ? [notice.key] : []));
    expect(new Set(keys).size).toBe(1);
    const [node] = nodes;
    expect(node && (await admins(node, keys[0] ?? ''))).toHaveLength(1);
    const made = notices.find((notice) => notice.kind === 'made');
    expect(made && (await readFile(made.file, 'utf8')).trim()).toBe(keys[0]);
    const kept = await Promise.all(
      [...new Set(directories)].map((directory) => readdir(directory).catch(() => [])),
    );
    expect(kept.flat()).toEqual(['admin.key']);
    for (const each of nodes) await each.stop();
  });

  it('stays in its file if another start took it to its end in between', async () => {
    const service = await startService({
      ...settings,
      ADMIN_API_KEY: 'fk_chosen_secret-of-the-operator-here',
    });
    const store = service.application.nest.get(ApiKeyStore);
    const own = { ...service.application.nest.get<Settings>(SETTINGS), ADMIN_API_KEY: undefined };
    const other = new BootstrapKey(store, own);
    const overtaken: Pick<ApiKeyStore, keyof ApiKeyStore> = Object.create(store, {
      claimBootstrap: {
        value: async (id: string) => {
          expect(await other.ensure()).toMatchObject({ kind: 'made' });
          return await store.claimBootstrap(id);
        },
      },
    });
    const notice = await new BootstrapKey(overtaken as ApiKeyStore, own).ensure();
    expect(notice).toEqual({ kind: 'kept', file: join(own.DATA_DIR, 'admin.key') });
    const key = (await readFile(join(own.DATA_DIR, 'admin.key'), 'utf8')).trim();
    expect(await admins(service, key)).toHaveLength(2);
    await service.stop();
  });

  it('is made by the next start if the first could not keep it', async () => {
    const blocked = join(folder, randomUUID());
    await writeFile(blocked, 'a file where the folder should be');
    await expect(startService({ ...settings, DATA_DIR: blocked })).rejects.toThrow(
      `The admin key cannot be kept in ${join(blocked, 'admin.key')}`,
    );
    const service = await startService(settings);
    const notice = service.application.adminKey;
    expect(notice.kind).toBe('made');
    expect(notice.kind === 'made' && (await admins(service, notice.key))).toHaveLength(1);
    await service.stop();
  });

  it('is carried on with if the first start ended between its file and Redis', async () => {
    const made = await startService(settings);
    const notice = made.application.adminKey;
    const key = notice.kind === 'made' ? notice.key : '';
    await made.stop();
    const client = topology.connect();
    const keys = (await topology.keys()).filter((name) => name.startsWith(settings.REDIS_KEY_PREFIX ?? '?'));
    await Promise.all(keys.filter((name) => !name.endsWith('bootstrap')).map((name) => client.del(name)));
    const claim = keys.find((name) => name.endsWith('bootstrap'));
    await client.set(claim ?? '', key.split('_')[1] ?? '');
    client.disconnect();
    const again = await startService(settings);
    expect(again.application.adminKey).toMatchObject({ kind: 'made', key });
    expect(await admins(again, key)).toHaveLength(1);
    await again.stop();
  });

  it('is not made again after it was revoked, and a start says where keys come from', async () => {
    const first = await startService(settings);
    const notice = first.application.adminKey;
    const key = notice.kind === 'made' ? notice.key : '';
    const [id] = await admins(first, key);
    expect((await first.as(key).delete(`/v1/api-keys/${id}`)).status).toBe(204);
    await first.stop();
    const second = await startServiceProcess(settings);
    expect(second.stderr()).toContain('set ADMIN_API_KEY to have another');
    await second.stop();
  });

  it('is said to be dead in its file once it was rotated, at once or after its grace', async () => {
    const first = await startService(settings);
    const notice = first.application.adminKey;
    const key = notice.kind === 'made' ? notice.key : '';
    const [id] = await admins(first, key);
    const rotate = async (as: string, graceMs: number) => {
      const { body } = await first.as(as).post(`/v1/api-keys/${id}/rotate`, { graceMs });
      return body.secret as string;
    };
    const file = join(settings.DATA_DIR ?? '', 'admin.key');
    const second = await rotate(key, 60_000);
    const graceful = await startServiceProcess(settings);
    expect(graceful.stderr()).toMatch(/Admin key {2}rotated: the one in \S+ works until \d{4}-\S+Z;/);
    await graceful.stop();
    // What the file holds is over when the grace is; here the file gets a secret that never had one.
    const third = await rotate(second, 0);
    await writeFile(file, `${second}\n`);
    const dead = await startServiceProcess(settings);
    expect(dead.stderr()).toContain(`Admin key  rotated: the one in ${file} works no more`);
    for (const secret of [key, second, third]) {
      expect(graceful.stderr() + dead.stderr() + dead.stdout()).not.toContain(secret);
    }
    await dead.stop();
    await writeFile(file, `${third}\n`);
    const kept = await startServiceProcess(settings);
    expect(kept.stderr()).toContain(`Admin key  in ${file}`);
    await kept.stop();
    await first.stop();
  });

  it('of ADMIN_API_KEY is valid again after each start, whether it was revoked or rotated, and alone', async () => {
    const key = 'fk_chosen_secret-of-the-operator-here';
    const configured = { ...settings, ADMIN_API_KEY: key };
    for (const lose of ['revoke', 'rotate']) {
      const service = await startService(configured);
      const admin = service.as(key);
      const lost =
        lose === 'revoke'
          ? await admin.delete('/v1/api-keys/chosen')
          : await admin.post('/v1/api-keys/chosen/rotate', {});
      expect(lost.status).toBeLessThan(300);
      expect((await admin.get('/v1/me')).status).toBe(401);
      await service.stop();
      const again = await startService(configured);
      expect(await admins(again, key)).toEqual(['chosen']);
      const other = lost.body?.secret as string | undefined;
      if (other !== undefined) expect((await again.as(other).get('/v1/me')).status).toBe(401);
      await again.stop();
    }
  });

  it('is the one of ADMIN_API_KEY if that is set, and a changed secret replaces it', async () => {
    const keys = ['fk_chosen_first-secret-of-the-operator', 'fk_chosen_second-secret-of-the-operator'];
    for (const [at, key] of keys.entries()) {
      const service = await startService({ ...settings, ADMIN_API_KEY: key });
      expect(service.application.adminKey).toEqual({ kind: 'configured' });
      expect(await admins(service, key)).toEqual(['chosen']);
      if (at === 1) expect((await service.as(keys[0]).get('/v1/me')).status).toBe(401);
      await service.stop();
    }
    expect(await readdir(settings.DATA_DIR ?? '').catch(() => [])).toEqual([]);
  });
});
