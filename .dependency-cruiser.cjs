'use strict';

/** Each folder of `src/`, and the folders below it that it may import. ARCHITECTURE.md explains why. */
const floors = {
  errors: [],
  config: ['errors'],
  encryption: ['config', 'errors'],
  telemetry: ['config', 'errors'],
  outgoing: ['telemetry', 'config', 'errors'],
  redis: ['telemetry', 'config', 'errors'],
  access: ['redis', 'outgoing', 'telemetry', 'encryption', 'config', 'errors'],
  transport: ['access', 'redis', 'outgoing', 'telemetry', 'encryption', 'config', 'errors'],
  effects: ['transport', 'access', 'redis', 'outgoing', 'telemetry', 'encryption', 'config', 'errors'],
  features: [
    'effects',
    'access',
    'transport',
    'redis',
    'outgoing',
    'telemetry',
    'encryption',
    'config',
    'errors',
  ],
};

const folders = (names) => `^src/(${names.join('|')})/`;

/** A package by name, whether it was found (`…/node_modules/<name>/…`) or not (`<name>`). */
const packages = (...names) => `(^|/node_modules/|^node_modules/)(${names.join('|')})(/|$)`;

const controllers = '^src/features/([^/]+)/.+\\.controller\\.ts$';

const floorRules = Object.entries(floors).map(([floor, below]) => ({
  name: `floor-${floor}`,
  comment: `${floor}/ may import ${below.length > 0 ? below.join(', ') : 'nothing else of src/'}`,
  severity: 'error',
  from: { path: folders([floor]) },
  to: { path: '^src/', pathNot: folders([floor, ...below]) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Rule 1: no cycles, type imports included.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...floorRules,
    {
      name: 'floor-unknown',
      comment: 'A new folder in src/ gets a row in the table of floors first.',
      severity: 'error',
      from: { path: '^src/[^/]+$' },
      to: { path: '^src/[^/]+/', pathNot: folders(Object.keys(floors)) },
    },
    {
      name: 'feature-imports-feature',
      comment: 'Rule 2: what two features need moves down, or is a port that app.module.ts binds.',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/' },
      to: { path: '^src/features/', pathNot: '^src/features/$1/' },
    },
    {
      name: 'controller-doors',
      comment:
        'Rule 3: of its feature a controller sees the services, the DTOs, the endpoints and the errors.',
      severity: 'error',
      from: { path: controllers },
      to: {
        path: '^src/features/$1/',
        pathNot: '\\.(service|endpoints|errors)\\.ts$|^src/features/$1/dto/',
      },
    },
    {
      name: 'controller-talks-to-redis',
      comment: 'Rule 3: only services talk to Redis.',
      severity: 'error',
      from: { path: controllers },
      to: { path: '^src/redis/' },
    },
    {
      name: 'service-imports-controller',
      comment: 'Rule 3: arrows run from controllers to services; only the module file sees controllers.',
      severity: 'error',
      from: { path: '^src/features/', pathNot: '\\.module\\.ts$' },
      to: { path: '\\.(controller|module)\\.ts$' },
    },
    {
      name: 'dto-is-data',
      comment: 'Rule 3: what a request and an endpoint look like depends on no service and no Redis.',
      severity: 'error',
      from: { path: '^src/features/[^/]+/dto/|\\.endpoints\\.ts$' },
      to: { path: '^src/redis/|\\.(service|scripts|keys)\\.ts$' },
    },
    {
      name: 'ioredis-outside-redis',
      comment: 'Rule 4: only redis/ imports a Redis client.',
      severity: 'error',
      from: { pathNot: '^src/redis/' },
      to: { path: packages('ioredis', '@liaoliaots/nestjs-redis') },
    },
    {
      name: 'service-knows-transport',
      comment: 'Rule 5: services know nothing of HTTP or messages.',
      severity: 'error',
      from: { path: '^src/features/', pathNot: '\\.(controller|module)\\.ts$|/dto/' },
      to: { path: packages('fastify', '@fastify/[^/]+', '@nestjs/platform-[^/]+', '@nestjs/microservices') },
    },
    {
      name: 'unresolvable',
      comment: 'An import that cannot be followed escapes every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'undeclared-package',
      comment:
        'src/ uses what "dependencies" lists. fastify alone comes with @nestjs/platform-fastify: one copy.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: packages('fastify') },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
