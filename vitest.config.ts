import { defineConfig } from 'vitest/config';

/** The long rounds, and each end-to-end test on each kind of Redis. */
const FULL = process.env.FULCRUM_FULL_FAULTS === '1';

/** What they look at is the same whatever Redis is behind it. */
const WHATEVER_REDIS = [
  'test/e2e/access/{jwks,jwt}.test.ts',
  // A browser before an application; its store is tested on each.
  'test/e2e/examples/express-login.test.ts',
  'test/e2e/live/**',
  'test/e2e/messaging/{limits,real-clients}.test.ts',
  'test/e2e/operations/{client-limits,cors,hostile-input,quoted-secrets,security-headers,settings,tls,tracing}.test.ts',
];

/**
 * They reach Redis, but what they are about is decided before it, or by what another test asks of each: permissions, validation, a
 * framework before the store whose contract is tested.
 */
const MOSTLY_WHATEVER_REDIS = FULL
  ? []
  : [
      'test/e2e/access/matrix.test.ts',
      'test/e2e/*/bad-input.test.ts',
      'test/e2e/rate-limits/hammer.test.ts',
      'test/e2e/sessions/{express,fastify}-store.test.ts',
    ];

/** Behind Sentinels there is one server as without them; what differs is how it is found, which a few tests show. */
const ON_SENTINEL = FULL
  ? ['test/e2e/**/*.test.ts']
  : [
      'test/e2e/operations/health.test.ts',
      'test/e2e/messages/single-delivery.test.ts',
      'test/e2e/{jobs/jobs,leaderboards/live,sessions/sessions,streams/groups}.test.ts',
    ];

export default defineConfig({
  test: {
    pool: 'forks',
    // A file starts its own Redis and services; importing Nest anew for each took a fifth of the run.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: 'standalone', include: ['src/**/*.test.ts', 'test/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...WHATEVER_REDIS, ...MOSTLY_WHATEVER_REDIS],
          env: { FULCRUM_TEST_TOPOLOGY: 'cluster' },
        },
      },
      {
        extends: true,
        test: {
          name: 'sentinel',
          include: ON_SENTINEL,
          exclude: WHATEVER_REDIS,
          env: { FULCRUM_TEST_TOPOLOGY: 'sentinel' },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts', 'src/**/*.d.ts'],
      reporter: ['text-summary', 'json-summary', 'lcov'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 90 },
    },
  },
});
