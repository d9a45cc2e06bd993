import { Redis } from 'ioredis';
import { built } from '../../scripts/built-module.mjs';
import { settingsFor } from '../contenders/service.mjs';
import { startServices } from '../support/services-in-process.mjs';
import { untilTold } from '../support/session-events.mjs';
import { RequestConnection } from './request-connection.mjs';
import { cookieEnd, IDLE_MS, newSession, newSid, requireData, sessionData, userOf } from './session-data.mjs';

const STORE = { tenant: 'default', name: 'bench' };

/**
 * A session as its user knows it: what it has to be when it is read next.
 * @typedef {{number: number, visits: number, version?: number, token?: string, sid?: string}} Kept
 *
 * Somebody who uses sessions; it looks at all that it is answered, and throws if that is wrong.
 * @typedef {object} Party
 * @property {(number: number) => Promise<Kept>} create
 * @property {(kept: Kept) => Promise<void>} read which counts as use
 * @property {(kept: Kept) => Promise<void>} change of one field
 * @property {(userId: string, count: number) => Promise<void>} [list] all that the user has
 * @property {() => void} [end]
 */

/**
 * By name, what makes of a place, once, the function that makes a party, and `settled`, which waits for what goes on behind the
 * answers.
 * @type {Record<string, (place: {redisUrl: string, directory?: string, target?: object}) => Promise<{newParty: () => Party | Promise<Party>, settled: () => Promise<void>}>>}
 */
export const dialects = {
  async fulcrum(place) {
    const { of, callerOf } = await startServices(settingsFor(place));
    const sessions = await of('features/sessions/sessions.sessions.service.js', 'SessionsService');
    const users = await of('features/sessions/sessions.users.service.js', 'UserSessionsService');
    const caller = callerOf();
    const party = tokenParty({
      create: (body) => sessions.create(caller, body),
      current: (sessionToken) => sessions.current(caller, { sessionToken }),
      patch: (sessionToken, patch) => sessions.patch(caller, { sessionToken, patch }),
      list: (userId, limit) => users.list(caller, { userId, limit }),
    });
    return { newParty: () => party, settled: await settledOn(place) };
  },

  async http(place) {
    const newParty = async () => {
      const connection = await RequestConnection.open(place.target);
      const tokenLine = (token) => `session-token: ${token}\r\n`;
      const party = tokenParty({
        create: (body) => connection.json(201, 'POST', '/v1/sessions', JSON.stringify(body)),
        current: (token) => connection.json(200, 'GET', '/v1/sessions/current', undefined, tokenLine(token)),
        patch: (token, data) =>
          connection.json(200, 'PATCH', '/v1/sessions/current', JSON.stringify({ data }), tokenLine(token)),
        list: (userId, limit) => connection.json(200, 'GET', `/v1/users/${userId}/sessions?limit=${limit}`),
      });
      return { ...party, end: () => connection.end() };
    };
    return { newParty, settled: await settledOn(place) };
  },

  /** The sessions of Express, whose token is a cookie. */
  async express({ target }) {
    const newParty = async () => {
      const connection = await RequestConnection.open(target);
      const cookieLine = (cookie) => `cookie: ${cookie}\r\n`;
      const sessionIn = ({ session }) => session;
      const party = tokenParty({
        async create(body) {
          const { json, text } = await connection.answer(201, 'POST', '/v1/sessions', JSON.stringify(body));
          return { ...json, token: /^set-cookie: ([^;\r]+)/im.exec(text)?.[1] };
        },
        current: async (token) =>
          sessionIn(await connection.json(200, 'GET', '/v1/sessions/current', undefined, cookieLine(token))),
        patch: async (token, data) => {
          const body = JSON.stringify({ data });
          return sessionIn(
            await connection.json(200, 'PATCH', '/v1/sessions/current', body, cookieLine(token)),
          );
        },
      });
      return { ...party, end: () => connection.end() };
    };
    return { newParty, settled: async () => undefined };
  },

  async 'fulcrum-store'(place) {
    const stored = await storedSessions(place);
    const party = storeParty({
      get: async (sid) => (await stored.get(STORE, sid))?.data,
      set: (sid, session) => stored.set(STORE, sid, session, IDLE_MS),
      touch: (sid, { cookie }) => stored.touch(STORE, sid, IDLE_MS, (data) => ({ ...data, cookie })),
    });
    return { newParty: () => party, settled: await settledOn(place) };
  },

  async 'fulcrum-express'(place) {
    const { Store } = (await import('express-session')).default;
    const { sessionStore } = await built('features/sessions/sessions.store.js');
    const store = sessionStore(Store, await storedSessions(place), STORE);
    const party = storeParty(promised(store));
    return { newParty: () => party, settled: await settledOn(place) };
  },

  async 'connect-redis'({ redisUrl }) {
    const { createClient } = await import('redis');
    const { RedisStore } = await import('connect-redis');
    const client = createClient({ url: redisUrl });
    client.on('error', (error) => console.error(error.message));
    await client.connect();
    const party = storeParty(promised(new RedisStore({ client })));
    return { newParty: () => party, settled: async () => undefined };
  },
};

async function storedSessions(place) {
  const { of } = await startServices(settingsFor(place));
  return await of('features/sessions/sessions.stored.service.js', 'StoredSessionsService');
}

async function settledOn({ redisUrl }) {
  const client = new Redis(redisUrl);
  return () => untilTold(client);
}

/** Sessions that have a token and a version, however they are asked for. */
function tokenParty({ create, current, patch, list }) {
  return {
    async create(number) {
      const { token, session } = await create({ userId: userOf(number), data: sessionData(number) });
      requireView(session, 1, number, 0);
      return { number, visits: 0, version: 1, token };
    },
    async read({ token, version, number, visits }) {
      requireView(await current(token), version, number, visits);
    },
    async change(kept) {
      kept.visits++;
      requireView(await patch(kept.token, { visits: kept.visits }), ++kept.version, kept.number, kept.visits);
    },
    async list(userId, count) {
      const { items, next } = await list(userId, count);
      if (items.length !== count || next !== null) throw new Error('not all sessions of the user');
      for (let at = 0; at < count; at++) {
        if (items[at].userId !== userId || items[at].device?.place !== count - 1 - at)
          throw new Error('another session, or in another order');
      }
    },
  };
}

function requireView({ data, version }, expected, number, visits) {
  if (version !== expected) throw new Error('another version');
  requireData(data, number, visits);
}

/** Sessions as express-session has them; what it does to their cookies is done here. */
function storeParty({ get, set, touch }) {
  const found = async ({ sid, number, visits }) => {
    const session = await get(sid);
    requireData(session, number, visits);
    session.cookie.expires = cookieEnd();
    return session;
  };
  return {
    async create(number) {
      const sid = newSid();
      await set(sid, newSession(number));
      return { number, visits: 0, sid };
    },
    async read(kept) {
      await touch(kept.sid, await found(kept));
    },
    async change(kept) {
      const session = await found(kept);
      session.visits = ++kept.visits;
      await set(kept.sid, session);
    },
  };
}

/** The methods of a store of express-session, which call back. */
function promised(store) {
  const calling =
    (method) =>
    (...args) =>
      new Promise((resolve, reject) => {
        store[method](...args, (error, value) => (error ? reject(error) : resolve(value)));
      });
  return { get: calling('get'), set: calling('set'), touch: calling('touch') };
}
