import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { Latencies } from './latencies.js';

/** Everything that `GET /metrics` shows of this process. */
export const registry = new Registry();

collectDefaultMetrics({ register: registry });

const LATENCY_BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export const operationSeconds = new Latencies({
  name: 'fulcrum_operation_duration_seconds',
  help: 'Time from the call of a named operation to its result.',
  labelNames: ['operation', 'outcome'] as const,
  buckets: LATENCY_BUCKETS_SECONDS,
  registers: [registry],
});

export const requestSeconds = new Latencies({
  name: 'fulcrum_request_duration_seconds',
  help: 'Time from a request, or an authorised message, to its answer.',
  labelNames: ['operation', 'transport', 'outcome'] as const,
  buckets: LATENCY_BUCKETS_SECONDS,
  registers: [registry],
});

export const problems = new Counter({
  name: 'fulcrum_problems_total',
  help: 'Problem documents sent, by code.',
  labelNames: ['code', 'transport'] as const,
  registers: [registry],
});

export const redisUp = new Gauge({
  name: 'fulcrum_redis_up',
  help: '1 while the connection to Redis is ready, by purpose.',
  labelNames: ['purpose'] as const,
  // Of several processes: whether all of them are connected.
  aggregator: 'min',
  registers: [registry],
});

export const activeSessions = new Gauge({
  name: 'fulcrum_sessions',
  help: 'Sessions of all tenants that were not over when the last sweep looked, at most 45 s ago.',
  // Each process that sweeps counts all.
  aggregator: 'max',
  registers: [registry],
});

export const groupEntries = new Gauge({
  name: 'fulcrum_stream_group_entries',
  help:
    'Entries of the consumer groups of all tenants by state, when a worker looked last, at most 15 s ago: `lag`, not delivered ' +
    'yet; `pending`, not acknowledged yet; `dead`, dead letters.',
  labelNames: ['state'] as const,
  // Each process that looks counts all.
  aggregator: 'max',
  registers: [registry],
});

export const largestLag = new Gauge({
  name: 'fulcrum_stream_group_largest_lag',
  help: 'Entries that the consumer group which is furthest behind was not given yet; looked at as `fulcrum_stream_group_entries`.',
  aggregator: 'max',
  registers: [registry],
});

export const lockWaiters = new Gauge({
  name: 'fulcrum_lock_waiters',
  help: 'Parties that wait in this process for a lock or a permit.',
  registers: [registry],
});

export const liveConnections = new Gauge({
  name: 'fulcrum_live_connections',
  help: 'Open live connections: `sse`, server-sent event streams, and `websocket`.',
  labelNames: ['kind'] as const,
  registers: [registry],
});
for (const kind of ['sse', 'websocket']) liveConnections.set({ kind }, 0);

export const openSubscriptions = new Gauge({
  name: 'fulcrum_subscriptions',
  help: 'Subscriptions of live connections, to channels by name and to patterns.',
  registers: [registry],
});

export const slowConsumers = new Counter({
  name: 'fulcrum_slow_consumers_total',
  help: 'Live connections that were closed because more waited for them than they may have.',
  registers: [registry],
});

export const rateLimitDenials = new Counter({
  name: 'fulcrum_rate_limit_denials_total',
  help: 'Requests refused by the service’s own rate limits, by limit and by who decided.',
  labelNames: ['limit', 'decidedBy'] as const,
  registers: [registry],
});

export const rateLimitDecisions = new Counter({
  name: 'fulcrum_rate_limit_decisions_total',
  help:
    'Charges on the token buckets of policies, dry runs included: `allowed` or `denied`, by `redis` or, while that is away, by ' +
    '`node`. Of several policies at once it is one.',
  labelNames: ['decision', 'decidedBy'] as const,
  registers: [registry],
});

export const connectionsRefused = new Counter({
  name: 'fulcrum_connections_refused_total',
  help: 'Connections closed at once: `total`, or `address` of which too many came.',
  labelNames: ['reason'] as const,
  registers: [registry],
});

export const jobRuns = new Counter({
  name: 'fulcrum_job_runs_total',
  help: 'Runs of jobs by kind and by what came of them: `completed`, `retried`, `failed`, or `postponed` until what they need is back.',
  labelNames: ['kind', 'outcome'] as const,
  registers: [registry],
});

export const queuedJobs = new Gauge({
  name: 'fulcrum_jobs',
  help: 'Jobs of all tenants by state, when a worker looked last, at most 15 s ago.',
  labelNames: ['state'] as const,
  // Each process that looks counts all.
  aggregator: 'max',
  registers: [registry],
});
