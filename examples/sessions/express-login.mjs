// An Express application with a login, whose sessions the service keeps: they outlive the application, are shared by as many of it
// as there are, and are over for good when somebody logs out.
//   node examples/sessions/express-login.mjs [--port <number>]     (npm start has to have built the service)
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import express from 'express';
import session, { Store } from 'express-session';
import { loadSettings } from '../../dist/config/load-settings.js';
import { sessionStore } from '../../dist/features/sessions/sessions.store.js';
import { StoredSessionsService } from '../../dist/features/sessions/sessions.stored.service.js';
import { openServices, settingsOfRunningService } from '../../dist/services.js';
import { ExampleError, run } from '../client.mjs';

const HOUR_MS = 3_600_000;
/** Stands for a table of users and the hashes of their passwords. */
const PASSWORD = 'sesame';

const { values: options } = parseArgs({ options: { port: { type: 'string', default: '3001' } } });

await run(async () => {
  const services = await openedServices();
  const server = await listening(application(services));
  console.log(
    `Log in at http://127.0.0.1:${server.address().port}/ with any name and the password ${PASSWORD}`,
  );
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  server.close();
  server.closeAllConnections();
  await services.close();
});

function application(services) {
  const app = express();
  app.use(
    session({
      store: sessionStore(Store, services.get(StoredSessionsService), { name: 'express-login' }),
      // Without one of its own each start makes another, and nobody is known from the last.
      secret: process.env.COOKIE_SECRET ?? randomBytes(32).toString('base64'),
      name: 'sid',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: HOUR_MS, httpOnly: true, sameSite: 'lax', secure: 'auto' },
    }),
    express.urlencoded({ extended: false }),
  );
  app.use((_request, response, next) => {
    // The back button must not show what was for somebody who has logged out since.
    response.set('cache-control', 'no-store');
    next();
  });

  app.get('/', ({ session: { user } }, response) => void response.send(user ? homeOf(user) : form()));

  app.post('/login', (request, response, next) => {
    const { user, password } = request.body ?? {};
    if (!user || password !== PASSWORD) {
      request.session.attempts = (request.session.attempts ?? 0) + 1;
      response.status(401).send(form(`That was wrong (${request.session.attempts}).`));
      return;
    }
    // Another id, so that one that was put into the browser before is worth nothing.
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.user = user;
      request.session.save((failure) => (failure ? next(failure) : response.redirect(303, '/')));
    });
  });

  app.get('/me', ({ session: { user } }, response) => {
    if (user) response.json({ user });
    else response.status(401).json({ error: 'not logged in' });
  });

  app.post('/logout', (request, response, next) => {
    request.session.destroy((error) => {
      if (error) return next(error);
      response.clearCookie('sid').redirect(303, '/');
    });
  });
  return app;
}

async function openedServices() {
  try {
    const settings = loadSettings({ LOG_LEVEL: 'warn', ...process.env });
    return await openServices(await settingsOfRunningService(settings));
  } catch (error) {
    const isExplained = ['InvalidSettingsError', 'StartError'].includes(error.name);
    throw isExplained ? new ExampleError(error.message) : error;
  }
}

function listening(app) {
  return new Promise((resolve, reject) => {
    const server = app.listen(Number(options.port), '127.0.0.1', (error) =>
      error ? reject(error) : resolve(server),
    );
  });
}

function homeOf(user) {
  return page(
    `<p id="user">${escaped(user)}</p><form method="post" action="/logout"><button id="logout">Log out</button></form>`,
  );
}

function form(problem = '') {
  return page(`<p id="problem">${problem}</p><form method="post" action="/login">
    <input name="user" placeholder="Name" required>
    <input name="password" type="password" placeholder="Password" required>
    <button id="login">Log in</button></form>`);
}

function page(body) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sessions</title>${body}</html>`;
}

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
