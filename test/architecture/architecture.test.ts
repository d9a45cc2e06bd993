import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cruise, type ICruiseOptions } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A small service that keeps every rule: each file with the modules that it imports. */
const LEGAL: Readonly<Record<string, readonly string[]>> = {
  'src/main.ts': ['@nestjs/platform-fastify', './app.module.js', './config/settings.js'],
  'src/app.module.ts': ['./features/boards/boards.module.js', './features/locks/locks.module.js'],
  'src/errors/app-error.ts': [],
  'src/errors/error-kind.ts': [],
  'src/config/settings.ts': ['../errors/app-error.js'],
  'src/config/other.ts': [],
  'src/encryption/key-ring.ts': ['../config/settings.js', '../errors/app-error.js'],
  'src/telemetry/logger.ts': ['../config/settings.js', '../errors/app-error.js'],
  'src/telemetry/metrics.ts': [],
  'src/redis/connections.ts': [
    'ioredis',
    '@liaoliaots/nestjs-redis',
    './keyspace.js',
    '../telemetry/logger.js',
  ],
  'src/redis/keyspace.ts': ['../config/settings.js'],
  'src/outgoing/requests.ts': ['../config/settings.js', '../telemetry/logger.js'],
  'src/transport/problem.filter.ts': ['@nestjs/microservices', 'fastify', '../access/caller.js'],
  'src/transport/pagination.ts': ['../errors/app-error.js'],
  'src/access/permission.guard.ts': [
    '../redis/connections.js',
    '../outgoing/requests.js',
    '../encryption/key-ring.js',
  ],
  'src/access/caller.ts': [],
  'src/effects/effects.ts': [
    '../transport/pagination.js',
    '../access/caller.js',
    '../redis/connections.js',
    '../outgoing/requests.js',
    '../telemetry/logger.js',
    '../encryption/key-ring.js',
    '../config/settings.js',
    '../errors/app-error.js',
  ],
  'src/effects/handlers.ts': [],
  'src/features/boards/boards.module.ts': [
    './boards.http.controller.js',
    './boards.message.controller.js',
    './boards.service.js',
  ],
  'src/features/boards/boards.http.controller.ts': [
    'fastify',
    './boards.service.js',
    './boards.errors.js',
    './boards.endpoints.js',
    './dto/board.dto.js',
    '../../access/permission.guard.js',
    '../../transport/pagination.js',
  ],
  'src/features/boards/boards.message.controller.ts': ['@nestjs/microservices', './boards.service.js'],
  'src/features/boards/boards.service.ts': [
    './boards.scripts.js',
    './boards.keys.js',
    './boards.errors.js',
    './ranking.js',
    '../../redis/connections.js',
    '../../encryption/key-ring.js',
    '../../access/caller.js',
  ],
  'src/features/boards/boards.scripts.ts': ['../../redis/connections.js'],
  'src/features/boards/boards.keys.ts': ['../../redis/keyspace.js'],
  'src/features/boards/boards.errors.ts': ['../../errors/app-error.js'],
  'src/features/boards/boards.endpoints.ts': ['../../access/caller.js'],
  'src/features/boards/ranking.ts': [],
  'src/features/boards/dto/board.dto.ts': ['../../../transport/pagination.js'],
  'src/features/locks/locks.module.ts': ['./locks.service.js'],
  'src/features/locks/locks.service.ts': ['../../redis/connections.js', '../../effects/effects.js'],
  'src/features/health/health.http.controller.ts': [],
  // Tests stand outside the rules.
  'src/errors/app-error.test.ts': ['vitest', '../app.module.js'],
};

const DEPENDENCIES = [
  '@liaoliaots/nestjs-redis',
  '@nestjs/microservices',
  '@nestjs/platform-fastify',
  'ioredis',
];
const PACKAGES = [...DEPENDENCIES, '@fastify/static', 'fastify', 'prettier', 'vitest'];

/** A rule, the file that breaks it, and the import that does; each is tried as a value and as a type import. */
const VIOLATIONS: readonly (readonly [rule: string, file: string, specifier: string])[] = [
  ['no-cycles', 'src/features/boards/ranking.ts', './boards.service.js'],
  ['no-cycles', 'src/redis/keyspace.ts', './connections.js'],
  ['floor-errors', 'src/errors/app-error.ts', '../config/other.js'],
  ['floor-errors', 'src/errors/error-kind.ts', '../telemetry/metrics.js'],
  ['floor-config', 'src/config/settings.ts', '../telemetry/metrics.js'],
  ['floor-config', 'src/config/other.ts', '../redis/keyspace.js'],
  ['floor-encryption', 'src/encryption/key-ring.ts', '../telemetry/metrics.js'],
  ['floor-encryption', 'src/encryption/key-ring.ts', '../redis/keyspace.js'],
  ['floor-telemetry', 'src/telemetry/metrics.ts', '../encryption/key-ring.js'],
  ['floor-telemetry', 'src/telemetry/metrics.ts', '../redis/keyspace.js'],
  ['floor-redis', 'src/redis/keyspace.ts', '../encryption/key-ring.js'],
  ['floor-outgoing', 'src/outgoing/requests.ts', '../redis/keyspace.js'],
  ['floor-redis', 'src/redis/keyspace.ts', '../outgoing/requests.js'],
  ['floor-redis', 'src/redis/keyspace.ts', '../transport/pagination.js'],
  ['floor-redis', 'src/redis/keyspace.ts', '../access/caller.js'],
  ['floor-access', 'src/access/caller.ts', '../transport/pagination.js'],
  ['floor-transport', 'src/transport/problem.filter.ts', '../features/boards/boards.service.js'],
  ['floor-transport', 'src/transport/pagination.ts', '../effects/handlers.js'],
  ['floor-access', 'src/access/caller.ts', '../effects/handlers.js'],
  ['floor-effects', 'src/effects/effects.ts', '../features/boards/boards.service.js'],
  ['floor-effects', 'src/effects/effects.ts', '../utils/text.js'],
  ['floor-access', 'src/access/permission.guard.ts', '../features/boards/boards.service.js'],
  ['floor-features', 'src/features/health/health.http.controller.ts', '../../main.js'],
  ['floor-features', 'src/features/health/health.http.controller.ts', '../../utils/text.js'],
  ['floor-unknown', 'src/main.ts', './utils/text.js'],
  ['feature-imports-feature', 'src/features/boards/boards.service.ts', '../locks/locks.service.js'],
  ['feature-imports-feature', 'src/features/health/health.http.controller.ts', '../boards/boards.service.js'],
  ['feature-imports-feature', 'src/features/boards/boards.service.ts', '../shared.js'],
  ['controller-doors', 'src/features/boards/boards.http.controller.ts', './boards.scripts.js'],
  ['controller-doors', 'src/features/boards/boards.http.controller.ts', './boards.keys.js'],
  ['controller-doors', 'src/features/boards/boards.http.controller.ts', './ranking.js'],
  [
    'controller-talks-to-redis',
    'src/features/boards/boards.http.controller.ts',
    '../../redis/connections.js',
  ],
  ['service-imports-controller', 'src/features/locks/locks.service.ts', './locks.http.controller.js'],
  ['service-imports-controller', 'src/features/locks/dto/lock.dto.ts', '../locks.http.controller.js'],
  ['service-imports-controller', 'src/features/locks/dto/lock.dto.ts', '../locks.module.js'],
  ['dto-is-data', 'src/features/boards/dto/board.dto.ts', '../../../redis/keyspace.js'],
  ['dto-is-data', 'src/features/boards/dto/board.dto.ts', '../boards.service.js'],
  ['dto-is-data', 'src/features/boards/dto/board.dto.ts', '../boards.keys.js'],
  ['dto-is-data', 'src/features/boards/boards.endpoints.ts', './boards.scripts.js'],
  ['ioredis-outside-redis', 'src/features/boards/boards.service.ts', 'ioredis'],
  ['ioredis-outside-redis', 'src/transport/pagination.ts', 'ioredis'],
  ['ioredis-outside-redis', 'src/main.ts', '@liaoliaots/nestjs-redis'],
  ['service-knows-transport', 'src/features/boards/boards.service.ts', '@nestjs/platform-fastify'],
  ['service-knows-transport', 'src/features/boards/boards.service.ts', '@nestjs/microservices'],
  ['service-knows-transport', 'src/features/boards/ranking.ts', 'fastify'],
  ['unresolvable', 'src/features/boards/ranking.ts', './missing.js'],
  ['unresolvable', 'src/features/boards/ranking.ts', 'missing'],
  ['undeclared-package', 'src/main.ts', 'prettier'],
  ['undeclared-package', 'src/main.ts', '@fastify/static'],
];

/** Files that only a violation imports. */
const EXTRA: Readonly<Record<string, readonly string[]>> = {
  'src/utils/text.ts': [],
  'src/features/shared.ts': [],
  'src/features/locks/locks.http.controller.ts': [],
  'src/features/locks/dto/lock.dto.ts': [],
};

const root = resolve(import.meta.dirname, '../..');
let folder: string;
let options: ICruiseOptions;
let tsConfig: unknown;

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
};

const source = (imports: readonly string[]): string =>
  ['export {};', ...imports.map((name) => `import '${name}';`), ''].join('\n');

/** The names of the rules that the tree in `folder` breaks. */
async function broken(): Promise<string[]> {
  const { output } = await cruise(['src'], { ...options, baseDir: folder }, options.enhancedResolveOptions, {
    tsConfig,
  });
  if (typeof output === 'string') throw new Error(`not a result: ${output}`);
  return output.summary.violations.map(({ rule }) => rule.name);
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fulcrum-architecture-')));
  options = await extractDepcruiseOptions(join(root, '.dependency-cruiser.cjs'));
  write('tsconfig.json', readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  write(
    'package.json',
    JSON.stringify({
      type: 'module',
      dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, '1.0.0'])),
      devDependencies: { prettier: '1.0.0', vitest: '1.0.0' },
    }),
  );
  for (const name of PACKAGES) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  for (const [file, imports] of Object.entries({ ...LEGAL, ...EXTRA })) write(file, source(imports));
  tsConfig = extractTSConfig(join(folder, 'tsconfig.json'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the rules of the architecture', () => {
  it('let a legal tree pass', async () => {
    expect(await broken()).toEqual([]);
  });

  it.each(VIOLATIONS)('%s: %s imports %s', async (rule, file, specifier) => {
    const legal = source(LEGAL[file] ?? []);
    for (const statement of [`import '${specifier}';`, `import type {} from '${specifier}';`]) {
      write(file, `${legal}${statement}\n`);
      const found = await broken();
      write(file, legal);
      expect([...new Set(found)]).toEqual([rule]);
    }
  });

  it('are each seen to fire', () => {
    const rules = (options.ruleSet?.forbidden ?? []).map(({ name }) => name);
    expect([...new Set(VIOLATIONS.map(([rule]) => rule))].sort()).toEqual([...rules].sort());
  });
});

describe('the environment', () => {
  const linter = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });
  const refused = async (file: string, code: string): Promise<string[]> => {
    const [result] = await linter.lintText(`${code}\n`, { filePath: join(root, file) });
    return result!.messages
      .filter(({ message }) => message.includes('src/config'))
      .map(({ message }) => message);
  };

  it.each([
    'export const home = process.env.HOME;',
    "export const home = process['env'];",
    'export const { env } = process;',
    'export const home = globalThis.process.env.HOME;',
    "import { env } from 'node:process';",
    "import host from 'process';",
  ])('is closed outside src/config/: %s', async (code) => {
    expect(await refused('src/redis/keyspace.ts', code)).not.toEqual([]);
    expect(await refused('src/main.ts', code)).not.toEqual([]);
  });

  it('is open in src/config/', async () => {
    expect(await refused('src/config/settings.ts', 'export const home = process.env.HOME;')).toEqual([]);
  });
});
