import type { Cluster, Redis } from 'ioredis';

/** A connection to a standalone Redis or to a Cluster; both take every command that one slot can answer. */
export type RedisClient = Redis | Cluster;
