import { beginOfOne, fillingSettings, fillSessions } from '../support/session-filling.mjs';
import { withServices } from '../support/services-in-process.mjs';
import { referenceServer } from './reference-server.mjs';
import { roomyLimits, service } from './service.mjs';
import { credential } from './submission-request.mjs';

export const OURS = 'Fulcrum';
export const OVER_HTTP = 'Fulcrum over HTTP';
export const EXPRESS_OVER_HTTP = 'Express with connect-redis';
export const STORE = 'Fulcrum as a store';
export const EXPRESS = 'Fulcrum in express-session';
export const CONNECT_REDIS = 'connect-redis';

/**
 * Who keeps sessions straight on Redis, in a process of its own; `dialect` is how (load/session-dialects.mjs).
 * @type {readonly {name: string, about: string, dialect: string}[]}
 */
export const inProcess = [
  {
    name: OURS,
    about:
      '`SessionsService.create`, `current` (which reads and counts as use) and `patch` of the built service in process, with its ' +
      'defaults: a token of which Redis has a hash, encryption, the list of a user’s sessions, versions, audit events, permissions, ' +
      'metrics, a log',
    dialect: 'fulcrum',
  },
  {
    name: STORE,
    about:
      '`set`, `get` and `touch` of `StoredSessionsService`, by which sessions of web frameworks are kept: all of that but users and ' +
      'permissions',
    dialect: 'fulcrum-store',
  },
  {
    name: EXPRESS,
    about:
      'the same by the `sessionStore` that express-session is given, which is called as connect-redis is',
    dialect: 'fulcrum-express',
  },
  {
    name: CONNECT_REDIS,
    about:
      '`set`, `get` and `touch` of `RedisStore` of connect-redis 9 on one client of redis 6, both with their defaults: JSON in a ' +
      'string with a time to live, under the id that the browser has; no encryption, no users, a change lost when two write',
    dialect: 'connect-redis',
  },
];

const begun = {
  method: 'POST',
  path: '/v1/sessions',
  headers: credential,
  body: '{"userId":"tried-out","data":{}}',
};

/** The service; a session is begun once before it is measured. */
export const overHttp = () =>
  service({
    name: OVER_HTTP,
    about:
      '`POST /v1/sessions`, `GET` and `PATCH /v1/sessions/current` of the service with its defaults, on a Redis of its own',
    settings: roomyLimits,
    requests: [begun],
    expected: [201],
  });

/** What does the same for its users without the service; a session is begun once before it is measured. */
export const expressOverHttp = () =>
  referenceServer('express-sessions', {
    name: EXPRESS_OVER_HTTP,
    about:
      'Express 5 with `express.json()`, express-session and connect-redis on a Redis of its own, and the same routes: a session ' +
      'is known by its signed cookie, read before each request and written or touched after it; nobody is asked who they are ' +
      'besides, nothing is checked, limited, logged or counted',
    requests: [begun],
    expected: [201],
  });

/**
 * The service with a user who has `count` sessions, and with `others` sessions of others besides.
 * @param {{name: string, others: number, userId: string, count: number, weighed(bytes: number): void}} options
 *   `weighed` is told how much memory one of the others takes
 */
export const withUser = ({ name, others, userId, count, weighed }) =>
  service({
    name,
    settings: roomyLimits,
    fill: (place) =>
      withServices(
        place,
        async (services) => {
          if (others > 0) weighed(await fillSessions(services, place, others));
          await beginOfOne(services, userId, count);
        },
        fillingSettings,
      ),
    requests: [{ method: 'GET', path: `/v1/users/${userId}/sessions?limit=${count}`, headers: credential }],
  });
