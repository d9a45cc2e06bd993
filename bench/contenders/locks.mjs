import { credential } from './submission-request.mjs';
import { roomyLimits, service } from './service.mjs';

export const OURS = 'Fulcrum';
export const OVER_HTTP = 'Fulcrum over HTTP';
export const REDLOCK = 'redlock';
export const BESIDE = 'redlock, in a service’s process';
export const PIPELINED = 'redlock, auto-pipelined';
export const SEMAPHORE = 'redis-semaphore';
export const BARE = 'SET NX';

/**
 * Who locks straight on Redis, in a process of its own; `dialect` is how (load/lock-dialects.mjs).
 * @typedef {{name: string, about: string, dialect: string, options?: object}} LockContender
 */

const ours = (about) => ({ name: OURS, about, dialect: 'fulcrum' });
const redlock = (about) => ({ name: REDLOCK, about, dialect: 'redlock' });

/** @returns {LockContender[]} all on one Redis */
export const onOneNode = () => [
  ours(
    '`LocksService.acquire` and `release` of the built service in process, with its defaults: permissions, a fencing token, a line ' +
      'for those who wait, metrics, a log',
  ),
  redlock('`acquire` and `release` of redlock 5.0.0-beta.2 on one ioredis client; no token, no line'),
  {
    name: BESIDE,
    about:
      'the same in a process that has started the service as well, which has no request: what the size of the process takes, as of any application',
    dialect: 'redlock',
    options: { besideService: true },
  },
  {
    name: PIPELINED,
    about: 'the same with `enableAutoPipelining`, which ioredis has off by default; Fulcrum has it off too',
    dialect: 'redlock',
    options: { enableAutoPipelining: true },
  },
  {
    name: SEMAPHORE,
    about:
      'a new `Mutex` of redis-semaphore 5 each time, with its defaults, on one ioredis client; no token, no line',
    dialect: 'redis-semaphore',
  },
  {
    name: BARE,
    about:
      'ioredis alone: `SET NX PX`, and a script that compares and deletes; the least that there is, and waits for nothing',
    dialect: 'bare',
  },
];

/** @returns {LockContender[]} each on the same several nodes */
export const onNodes = () => [
  ours('as above, with `LOCK_REDIS_URLS`'),
  redlock('as above, one client a node'),
];

/** The service; its locks are taken and given back once before it is measured. */
export const overHttp = () =>
  service({
    name: OVER_HTTP,
    about:
      '`POST /v1/locks` and `DELETE /v1/locks/{lockId}` of the service with its defaults, on a Redis of its own',
    settings: roomyLimits,
    requests: [
      {
        method: 'POST',
        path: '/v1/locks',
        headers: credential,
        body: '{"resources":["tried-out"],"ttlMs":30000}',
      },
    ],
    expected: [200, 201],
  });
