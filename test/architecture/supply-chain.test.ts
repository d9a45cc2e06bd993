import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-checks-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(file: string, content: string | object): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the check `noun` in `cwd`, with `bin` before everything else on the path. */
async function check(noun: string, { cwd = folder, bin = '' } = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, `scripts/checks/${noun}.mjs`)], {
    cwd,
    env: { ...process.env, ...(bin === '' ? {} : { PATH: `${bin}${delimiter}${process.env.PATH}` }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}

describe('the scan for secrets', () => {
  const pem = (namedCurve: string): string =>
    generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const secret = randomBytes(32).toString('hex');
  // Put together here, so that the scan of this project does not find them in this file.
  const CANARIES: readonly (readonly [file: string, text: string])[] = [
    ['deploy.sh', `export AWS_SECRET_ACCESS_KEY=${secret.slice(0, 40)}`],
    [
      'server.key',
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
    ['certs/server.pem', pem('prime256v1')],
    ['notes.md', `see https://admin:${secret.slice(0, 16)}@internal.example.com/`],
    ['.env', `ADMIN_API_KEY=${['fk', '0123456789abcdef', secret].join('_')}`],
    ['src/redis.ts', `const url = 'redis://:${secret}@127.0.0.1:6379';`],
  ];

  it('finds each canary in what git would track, shows none, and looks at nothing that git ignores', async () => {
    await new Promise((resolve) => spawn('git', ['init', '-q', folder]).once('close', resolve));
    await write('.gitignore', 'ignored/\n');
    await write('ignored/server.pem', pem('prime256v1'));
    await write('README.md', 'nothing here\n');
    expect(await check('secrets')).toEqual({ code: 0, output: 'no secret in 2 files\n' });
    for (const [file, text] of CANARIES) await write(file, `${text}\n`);
    const { code, output } = await check('secrets');
    expect(code).toBe(1);
    const found = [...output.matchAll(/^\/.*$/gm)].map(([path]) => relative(realpathSync(folder), path));
    expect(found.sort()).toEqual(CANARIES.map(([file]) => file).sort());
    expect(output).not.toContain(secret.slice(0, 16));
  });

  it('works in an unpacked archive too', async () => {
    await write('.gitignore', 'ignored/\n');
    await write('README.md', 'nothing here\n');
    expect(await check('secrets')).toMatchObject({ code: 0 });
    await write('.hidden/server.pem', pem('prime256v1'));
    expect(await check('secrets')).toMatchObject({ code: 1, output: expect.stringContaining('server.pem') });
  });
});

const HASH = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;

async function writeLock(packages: Record<string, object>): Promise<void> {
  const root = { name: 'canary', version: '1.0.0', dependencies: { a: '1.0.0' } };
  await write('package.json', root);
  await write('package-lock.json', { ...root, lockfileVersion: 3, packages: { '': root, ...packages } });
}

describe('the lock file', () => {
  it('passes with a hash for every package, with and without the place that it comes from', async () => {
    const resolved = 'https://registry.npmjs.org/b/-/b-1.0.0.tgz';
    await writeLock({
      'node_modules/a': { version: '1.0.0', integrity: HASH },
      'node_modules/b': { version: '1.0.0', integrity: HASH, resolved },
    });
    expect(await check('lock-file')).toEqual({ code: 0, output: '2 packages, each pinned by its hash\n' });
  });

  it('is refused for every package without a strong hash, and for a link', async () => {
    await writeLock({
      'node_modules/bare': { version: '1.0.0' },
      'node_modules/weak': { version: '1.0.0', integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
      'node_modules/linked': { resolved: 'elsewhere', link: true, integrity: HASH },
      'node_modules/good': { version: '1.0.0', integrity: HASH },
    });
    const { code, output } = await check('lock-file');
    expect(code).toBe(1);
    for (const name of ['bare', 'weak', 'linked']) expect(output).toContain(`node_modules/${name}@`);
    expect(output).not.toContain('node_modules/good');
  });

  it.each([
    ['a mirror', 'https://mirror.example/a/-/a-1.0.0.tgz'],
    ['plain HTTP', 'http://registry.npmjs.org/a/-/a-1.0.0.tgz'],
    ['git', `git+ssh://git@github.com/a/a.git#${'0'.repeat(40)}`],
    ['the archive of another package', 'https://registry.npmjs.org/evil/-/evil-1.0.0.tgz'],
  ])('is refused for a package from %s', async (_what, resolved) => {
    await writeLock({ 'node_modules/a': { version: '1.0.0', integrity: HASH, resolved } });
    expect(await check('lock-file')).toMatchObject({
      code: 1,
      output: expect.stringContaining('for package'),
    });
  });

  it('of this project names no host', async () => {
    expect(await readFile(join(ROOT, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });
});

describe('an install script', () => {
  const reviewed = {
    'node_modules/@scarf/scarf': { version: '1.4.0', integrity: HASH, hasInstallScript: true },
    'node_modules/msgpackr-extract': { version: '3.0.4', integrity: HASH, hasInstallScript: true },
  };

  it('is let pass when somebody has read it, as long as none is run', async () => {
    await writeLock(reviewed);
    await write('.npmrc', 'ignore-scripts=true\n');
    expect(await check('install-scripts')).toMatchObject({ code: 0 });
    await write('.npmrc', 'engine-strict=true\n');
    expect(await check('install-scripts')).toMatchObject({
      code: 1,
      output: expect.stringContaining('.npmrc'),
    });
  });

  it('is refused when it is new, and so is a review of what is gone', async () => {
    await write('.npmrc', 'ignore-scripts=true\n');
    await writeLock({
      ...reviewed,
      'node_modules/a/node_modules/b': { version: '2.0.0', integrity: HASH, hasInstallScript: true },
    });
    const { code, output } = await check('install-scripts');
    expect(code).toBe(1);
    expect(output).toContain('b@2.0.0 has an install script');
    await writeLock({});
    expect(await check('install-scripts')).toMatchObject({
      code: 1,
      output: expect.stringContaining('@scarf/scarf'),
    });
  });
});

describe('the licences of what is in production', () => {
  const GOOD = [
    { license: 'MIT' },
    { license: '(GPL-3.0-only OR MIT)' },
    { license: 'MIT AND ISC' },
    { licenses: [{ type: 'MIT', url: 'https://a.example' }] },
  ];
  const BAD = [
    { license: 'GPL-3.0-only' },
    { license: 'MIT AND GPL-3.0-only' },
    { license: '(MIT OR ISC) AND AGPL-3.0-only' },
    { license: 'SEE LICENSE IN LICENSE.md' },
    { license: 'UNLICENSED' },
    {},
  ];

  /** Installs one package for each of `manifests`, and gives the names of those that the check refuses. */
  async function refused(manifests: readonly object[], entry: object = {}): Promise<string[]> {
    const names = manifests.map((_manifest, index) => `package-${index}`);
    await writeLock(
      Object.fromEntries(names.map((name) => [`node_modules/${name}`, { version: '1.0.0', ...entry }])),
    );
    for (const [index, manifest] of manifests.entries()) {
      await write(`node_modules/package-${index}/package.json`, manifest);
    }
    const { code, output } = await check('licences');
    const found = names.filter((name) => output.includes(`${name}@1.0.0`));
    expect(code).toBe(found.length === 0 ? 0 : 1);
    return found;
  }

  it('are permissive, or one of those offered is', async () => {
    expect(await refused(GOOD)).toEqual([]);
  });

  it('are refused when they are anything else, or not stated', async () => {
    expect(await refused([...GOOD, ...BAD])).toEqual(
      BAD.map((_manifest, index) => `package-${GOOD.length + index}`),
    );
  });

  it('do not matter in development', async () => {
    expect(await refused(BAD, { dev: true })).toEqual([]);
  });
});

describe('the bill of materials', () => {
  it('of this project has every production dependency with its licence and hash', async () => {
    expect(await check('sbom', { cwd: ROOT })).toMatchObject({ code: 0 });
    const bom = JSON.parse(await readFile(join(ROOT, 'dist/sbom.cdx.json'), 'utf8'));
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'fulcrum' } } });
    const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; dev?: boolean; optional?: boolean }>;
    };
    const production = Object.entries(packages)
      .filter(([path, { dev }]) => path !== '' && dev !== true)
      // What is for another platform is not installed on this one.
      .filter(([path, { optional }]) => optional !== true || existsSync(join(ROOT, path)))
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`);
    const components = bom.components as Record<string, unknown>[];
    expect(components.map((component) => component['bom-ref']).sort()).toEqual(
      [...new Set(production)].sort(),
    );
    for (const component of components) {
      expect(component).toMatchObject({ licenses: [expect.anything()], hashes: [{ alg: 'SHA-512' }] });
    }
  });

  it('is not written when a dependency does not say its licence', async () => {
    await writeLock({ 'node_modules/a': { version: '1.0.0', integrity: HASH } });
    await write('node_modules/a/package.json', { name: 'a', version: '1.0.0' });
    const { code, output } = await check('sbom');
    expect(code).toBe(1);
    expect(output).toContain('a@1.0.0 has no licenses');
    await expect(readFile(join(folder, 'dist/sbom.cdx.json'))).rejects.toThrow();
  });
});

describe('the audit', () => {
  const counted = (high: number, critical: number, low = 0) => ({
    auditReportVersion: 2,
    vulnerabilities: {
      ...(high ? { sharp: { name: 'sharp', severity: 'high', range: '<2.0.0' } } : {}),
      ...(critical ? { blunt: { name: 'blunt', severity: 'critical', range: '<3.0.0' } } : {}),
      ...(low ? { dull: { name: 'dull', severity: 'low', range: '<1.0.0' } } : {}),
    },
    metadata: {
      vulnerabilities: { info: 0, low, moderate: 0, high, critical, total: low + high + critical },
    },
  });
  const endpoint = 'https://registry.npmjs.org/-/npm/v1/security/advisories/bulk';
  const silence = { summary: '', detail: '' };

  /** Asks an npm that gives `report` and ends with `status`. */
  async function audit(report: object | string, status: number): Promise<Ended> {
    await write('report.json', report);
    await write('bin/npm', `#!/bin/sh\ncat '${folder}/report.json'\nexit ${status}\n`);
    await chmod(join(folder, 'bin/npm'), 0o755);
    return await check('audit', { bin: join(folder, 'bin') });
  }

  it.each([
    ['nothing', counted(0, 0)],
    ['low ones', counted(0, 0, 3)],
  ])('passes when the registry knows of %s', async (_what, report) => {
    expect(await audit(report, 0)).toMatchObject({ code: 0 });
  });

  it.each([
    ['a high one', counted(1, 0), 'high: sharp <2.0.0'],
    ['a critical one', counted(0, 1), 'critical: blunt <3.0.0'],
  ])('fails when it knows of %s', async (_what, report, line) => {
    expect(await audit(report, 1)).toMatchObject({ code: 1, output: expect.stringContaining(line) });
    // Whatever npm thinks of it.
    expect(await audit(report, 0)).toMatchObject({ code: 1 });
  });

  it.each([
    ['no such method', { message: `405 Method Not Allowed - POST ${endpoint}`, statusCode: 405 }],
    ['no such page', { message: `404 Not Found - POST ${endpoint}`, statusCode: 404 }],
    ['an error', { message: `503 Service Unavailable - POST ${endpoint}`, statusCode: 503 }],
    ['no address', { message: `request to ${endpoint} failed, reason: getaddrinfo ENOTFOUND` }],
    ['no connection', { message: `request to ${endpoint} failed, reason: connect ECONNREFUSED 127.0.0.1:9` }],
  ])('says that it was not answered when the registry has %s', async (_what, failure) => {
    expect(await audit({ ...failure, error: silence }, 1)).toMatchObject({
      code: 75,
      output: expect.stringMatching(/^not answered: .*advisories/),
    });
  });

  it.each([
    ['a missing lock file', { error: { code: 'ENOLOCK', summary: 'requires an existing lockfile' } }],
    ['an error of npm’s own', { error: { summary: 'loading from incorrect packument', detail: '' } }],
    ['no JSON', 'Segmentation fault'],
    ['nothing', ''],
    ['a report without counts', { auditReportVersion: 2, vulnerabilities: {} }],
  ])('fails, and is not taken for unanswered, after %s', async (_what, report) => {
    expect(await audit(report, 1)).toMatchObject({ code: 1 });
  });
});
