import { promisify } from 'node:util';
import type { Type } from '@nestjs/common';
import { Store } from 'express-session';
import { loadSettings } from '../../../src/config/load-settings.js';
import { StoredSessionsService } from '../../../src/features/sessions/sessions.stored.service.js';
import type { Settings } from '../../../src/config/setting-specs.js';
import {
  type FrameworkSession,
  sessionStore,
  type SessionStore,
  type SessionStoreOptions,
} from '../../../src/features/sessions/sessions.store.js';
import { openServices, type Services } from '../../../src/services.js';
import { SESSION_KEYS } from '../../support/service.js';

export function silentSettings(environment: Readonly<Record<string, string>>): Settings {
  return loadSettings({ SESSION_KEYS, LOG_LEVEL: 'silent', ...environment });
}

/** The services in this process, on the Redis of `environment`. */
export function open(environment: Readonly<Record<string, string>>): Promise<Services> {
  return openServices(silentSettings(environment));
}

/** A store for express-session on the services. */
export function expressStore(services: { get<T>(type: Type<T>): T }, options?: SessionStoreOptions) {
  return sessionStore(Store, services.get(StoredSessionsService), options);
}

/** The methods of a store with promises in the place of callbacks. */
export function promised(store: SessionStore) {
  const { get, set, touch, destroy, all, ids, length, clear } = store;
  return {
    get: promisify<string, (FrameworkSession & Record<string, unknown>) | null>(get as never),
    set: promisify<string, FrameworkSession>(set),
    touch: promisify<string, FrameworkSession>(touch),
    destroy: promisify<string>(destroy),
    all: promisify(all),
    ids: promisify(ids),
    length: promisify(length),
    clear: promisify(clear),
  };
}

/** A session as express-session gives it to a store. */
export function sessionOf(data: Readonly<Record<string, unknown>>, maxAge: number | null = 60_000) {
  const expires = maxAge === null ? null : new Date(Date.now() + maxAge);
  return { ...data, cookie: { originalMaxAge: maxAge, expires, httpOnly: true, path: '/' } };
}

let sids = 0;

/** An id that no test has had. */
export function newSid(): string {
  sids++;
  return `sid-${sids}-${Math.random().toString(36).slice(2)}`;
}
