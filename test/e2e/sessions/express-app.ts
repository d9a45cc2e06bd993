import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import session, { type SessionOptions, type Store } from 'express-session';

declare module 'express-session' {
  interface SessionData {
    user?: string;
    hits?: number;
    pad?: string;
  }
}

/** An Express application with sessions, for tests: what its pages do is in their names. */
export interface ExpressApp {
  readonly url: string;
  /** Lets the request to /slow?id=… save and answer. */
  release(id: string): void;
  /** How many requests to /slow wait. */
  waiting(): number;
  /** Codes of the errors that the application was given. */
  readonly errors: (string | undefined)[];
  stop(): void;
}

export async function startExpress(store: Store, options: Partial<SessionOptions> = {}): Promise<ExpressApp> {
  const app = express();
  const errors: (string | undefined)[] = [];
  const slow = new Map<string, () => void>();
  app.use(
    session({
      store,
      secret: 'a secret of tests, which is long enough',
      resave: false,
      saveUninitialized: false,
      name: 'sid',
      ...options,
    }),
  );
  app.get(
    '/look',
    (request, response) => void response.json({ user: request.session.user, hits: request.session.hits }),
  );
  app.get('/cookie', (request, response) => {
    const { maxAge, originalMaxAge } = request.session.cookie;
    response.json({ maxAge, originalMaxAge });
  });
  app.get('/hit', (request, response) => {
    request.session.hits = (request.session.hits ?? 0) + 1;
    response.json({ hits: request.session.hits });
  });
  app.get('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.user = textIn(request, 'user');
      response.json({ user: request.session.user });
    });
  });
  app.get('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : void response.json({ out: true })));
  });
  app.get('/save', (request, response, next) => {
    request.session.save((error) => (error ? next(error) : void response.json({ saved: true })));
  });
  app.get('/fill', (request, response) => {
    request.session.pad = 'x'.repeat(Number(textIn(request, 'bytes')));
    response.json({ filled: true });
  });
  app.get('/max-age', (request, response) => {
    request.session.cookie.maxAge = Number(textIn(request, 'ms'));
    response.json({ ok: true });
  });
  app.get('/slow', (request, response) => {
    request.session.hits = 1000;
    slow.set(textIn(request, 'id'), () => void response.json({ hits: request.session.hits }));
  });
  app.use((error: Error & { code?: string }, _request: Request, response: Response, _next: NextFunction) => {
    errors.push(error.code);
    if (!response.headersSent) response.status(500).json({ code: error.code });
  });
  const server: Server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    errors,
    release: (id) => {
      slow.get(id)?.();
      slow.delete(id);
    },
    waiting: () => slow.size,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function textIn({ query }: Request, name: string): string {
  const value = query[name];
  return typeof value === 'string' ? value : '';
}
