import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from '../../../src/access/caller.js';
import { Public } from '../../../src/access/endpoint.js';
import { SessionView } from '../../../src/features/sessions/dto/answers.dto.js';
import { CurrentSession, SessionGuard } from '../../../src/features/sessions/sessions.guard.js';
import { SessionsModule } from '../../../src/features/sessions/sessions.module.js';
import { SessionsService } from '../../../src/features/sessions/sessions.sessions.service.js';
import type { Answer } from '../../support/api-client.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { newUser } from './sessions.js';
import { undisturbed } from './undisturbed.js';

class AccountController {
  me({ userId, data }: SessionView): object {
    return { userId, data };
  }

  other({ userId }: SessionView): object {
    return { userId };
  }
}

class OpenController {
  unguarded(session: SessionView): object {
    return session;
  }
}

// Vitest compiles decorators under src/ alone, so here they are called.
function decorate(controller: { prototype: object }, name: string, ...decorators: MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(controller.prototype, name);
  if (descriptor === undefined) throw new Error(`there is no ${name}`);
  for (const each of decorators) each(controller.prototype, name, descriptor);
  CurrentSession()(controller.prototype, name, 0);
  Reflect.defineMetadata('design:paramtypes', [SessionView], controller.prototype, name);
}
Controller('account')(AccountController);
SessionGuard({ cookie: 'sid' })(AccountController);
decorate(AccountController, 'me', Get('me'), Public());
decorate(AccountController, 'other', Get('other'), Public(), SessionGuard({ tenant: 'acme' }));
Controller('open')(OpenController);
decorate(OpenController, 'unguarded', Get('unguarded'), Public());

class AccountModule {}
Module({ imports: [SessionsModule], controllers: [AccountController, OpenController] })(AccountModule);

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings, { modules: [AccountModule] });
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

async function begin(tenant?: string, more: object = {}): Promise<{ userId: string; token: string }> {
  const userId = newUser();
  const sessions = service.application.nest.get(SessionsService);
  const { token } = await sessions.create(Caller.inProcess(tenant), { userId, data: { n: 1 }, ...more });
  return { userId, token };
}

/** A browser's request: it has no API key. */
const ask = (headers: Record<string, string> = {}, path = '/account/me'): Promise<Answer> =>
  service.as(undefined).get(path, headers);

describe('a route that a session guards', () => {
  it('lets nobody through without a token', async () => {
    expectProblem(await ask(), 401, 'sessions.no-token');
    expectProblem(await ask({ cookie: 'other=1; sid=' }), 401, 'sessions.no-token');
    expectProblem(await ask({ 'session-token': '' }), 401, 'sessions.no-token');
    const { token } = await begin();
    expectProblem(await ask({ cookie: `other=${token}` }), 401, 'sessions.no-token');
  });

  it('lets nobody through with a token that is none', async () => {
    const { token } = await begin();
    for (const bad of ['x', `${token}x`, `${token.slice(0, -8)}AAAAAAAA`, token.slice(0, -1)]) {
      expectProblem(await ask({ 'session-token': bad }), 401, 'sessions.invalid-token');
      expectProblem(await ask({ cookie: `sid=${bad}` }), 401, 'sessions.invalid-token');
    }
    const ended = await begin();
    expect(
      (await service.admin.delete('/v1/sessions/current', { 'session-token': ended.token })).status,
    ).toBe(204);
    expectProblem(await ask({ cookie: `sid=${ended.token}` }), 401, 'sessions.invalid-token');
  });

  it('gives the handler the session of the header, or else of the cookie', async () => {
    const [one, another] = [await begin(), await begin()];
    const expected = { userId: one.userId, data: { n: 1 } };
    expect((await ask({ 'session-token': one.token })).body).toEqual(expected);
    expect((await ask({ cookie: `a=b; sid=${one.token}; c=d` })).body).toEqual(expected);
    const both = await ask({ 'session-token': one.token, cookie: `sid=${another.token}` });
    expect(both.body).toEqual(expected);
  });

  it('counts as a use of the session', async () => {
    await undisturbed(async (lasting) => {
      const use = lasting(1000);
      const { token } = await use(() => begin(undefined, { idleTtlMs: 1000, absoluteTtlMs: 60_000 }));
      for (let uses = 0; uses < 3; uses++) {
        await pause(600);
        expect((await use(() => ask({ cookie: `sid=${token}` }))).status).toBe(200);
      }
      await pause(1200);
      expectProblem(await ask({ cookie: `sid=${token}` }), 401, 'sessions.invalid-token');
    });
  });

  it('takes the sessions of its tenant, and no cookie if its own options name none', async () => {
    const [ours, theirs] = [await begin(), await begin('acme')];
    const headers = (token: string) => ({ 'session-token': token });
    expect((await ask(headers(theirs.token), '/account/other')).body).toEqual({ userId: theirs.userId });
    expectProblem(await ask(headers(ours.token), '/account/other'), 401, 'sessions.invalid-token');
    expectProblem(await ask(headers(theirs.token)), 401, 'sessions.invalid-token');
    expectProblem(await ask({ cookie: `sid=${theirs.token}` }, '/account/other'), 401, 'sessions.no-token');
  });

  it('is no route without the guard that asks for the session', async () => {
    expectProblem(await ask({}, '/open/unguarded'), 500, 'service.internal');
  });
});
