// What one has without Fulcrum: Express with express-session, whose store is connect-redis, as their documentation shows them.
import { createServer } from 'node:http';
import { RedisStore } from 'connect-redis';
import express, { type Request, type Response } from 'express';
import session, { type SessionData } from 'express-session';
import { createClient } from 'redis';
import { setting } from './built.js';

declare module 'express-session' {
  interface SessionData {
    userId: string;
    version: number;
    data: Record<string, unknown>;
  }
}

type Fields = Record<string, unknown>;

const client = createClient({ url: setting('REDIS_URL') });
client.on('error', (error: Error) => process.stderr.write(`${error.message}\n`));
await client.connect();

const app = express();
app.use(express.json());
app.use(
  session({
    store: new RedisStore({ client }),
    secret: setting('API_KEY'),
    // A session lasts half an hour without use, as the service's do; each use is told to the store.
    cookie: { maxAge: 1_800_000 },
    resave: false,
    saveUninitialized: false,
  }),
);

function answer({ userId, version, data }: Partial<SessionData>, response: Response, status: number): void {
  response.status(status).json({ session: { userId, version, data } });
}

app.post('/v1/sessions', (request: Request<object, unknown, { userId: string; data: Fields }>, response) => {
  const { userId, data } = request.body;
  Object.assign(request.session, { userId, data, version: 1 });
  answer(request.session, response, 201);
});

const current = app.route('/v1/sessions/current');
current.all((request, response, next) => {
  if (request.session.userId === undefined) response.status(401).end();
  else next();
});
current.get((request, response) => answer(request.session, response, 200));
current.patch((request: Request<object, unknown, { data: Fields }>, response: Response) => {
  const { data, version = 0 } = request.session;
  Object.assign(request.session, { data: { ...data, ...request.body.data }, version: version + 1 });
  answer(request.session, response, 200);
});

const server = createServer(app);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object')
    process.stderr.write(`http://127.0.0.1:${address.port}\n`);
});
