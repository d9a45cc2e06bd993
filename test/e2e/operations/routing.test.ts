import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EndpointAudit } from '../../../src/access/endpoint-audit.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  await service.admin.post('/v1/leaderboards/board/submissions', { member: 'm', score: 1 });
  await service.admin.put('/v1/streams/stream', {});
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
});

interface Reply {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request over `agent`, with a credential; fetch would hide what a HEAD leaves on the connection. */
async function send(agent: Agent, method: string, path: string): Promise<Reply> {
  const { hostname, port } = new URL(service.url);
  const headers = { authorization: `Bearer ${service.admin.token}` };
  return await new Promise((resolve, reject) => {
    const sent = request({ agent, hostname, port, method, path, headers, timeout: 5000 }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} was not answered`)));
    sent.on('error', reject);
    sent.end();
  });
}

describe('a query', () => {
  it('has no fields that nobody knows, on routes without fields too; probes may say what they like', async () => {
    for (const [method, path, body] of [
      ['GET', '/v1/me?x=1', undefined],
      ['GET', '/v1/channels/c?x=1', undefined],
      ['POST', '/v1/leaderboards/board/submissions?x=1', { member: 'm', score: 2 }],
    ] as const) {
      const answer = await service.admin.send(method, path, body);
      expect([answer.status, answer.body.code, answer.body.errors], path).toEqual([
        422,
        'request.invalid',
        [{ pointer: '/x', detail: 'is not a known field' }],
      ]);
    }
    expect((await service.admin.get('/v1/leaderboards/board/entries/m')).body.score).toBe(1);
    expect((await service.admin.get('/health/live?x=1')).status).toBe(200);
  });
});

describe('a body', () => {
  /** Those of the routes that change something whose operation has no body. */
  function bodilessRoutes(): [method: string, path: string][] {
    return Object.entries(service.application.openApi.paths).flatMap(([path, { post, delete: remove }]) => {
      const operations = { POST: post, DELETE: remove };
      return Object.entries(operations).flatMap(([method, operation]): [string, string][] =>
        operation === undefined || operation.requestBody
          ? []
          : [[method, path.replace(/\{id\}/, '1-1').replace(/\{\w+\}/g, 'x1')]],
      );
    });
  }

  it('has no fields on a route that takes none', async () => {
    const routes = bodilessRoutes();
    expect(routes.length).toBeGreaterThan(15);
    const unknown = (field: string) => ({ pointer: `/${field}`, detail: 'is not a known field' });
    const noObject = [{ pointer: '', detail: 'must be an object' }];
    for (const [method, path] of routes) {
      for (const [body, errors] of [
        [{ x: 1, 'a/b': {} }, [unknown('x'), unknown('a~1b')]],
        [[], noObject],
        ['null', noObject],
        ['7', noObject],
      ] as const) {
        const answer = await service.admin.send(method, path, body, { 'session-token': 'x' });
        expect([answer.status, answer.body.code, answer.body.errors], `${method} ${path}`).toEqual([
          422,
          'request.invalid',
          errors,
        ]);
      }
    }
  });

  it('without fields is as good as none', async () => {
    const path = '/v1/leaderboards/board/entries/bodiless';
    for (const body of [undefined, {}, '']) {
      await service.admin.post('/v1/leaderboards/board/submissions', { member: 'bodiless', score: 1 });
      expect((await service.admin.send('DELETE', path, body)).status).toBe(204);
    }
  });
});

describe('an unknown path', () => {
  it.each(['/', '/v1', '/v2/leaderboards', '/v1/leaderboards/board/nothing', '/health', '/v1/me/', '/V1/me'])(
    'is 404: %s',
    async (path) => {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const { status, headers, body } = await service.as(undefined).send(method, path);
        expect([status, body.code], method).toEqual([404, 'request.route-not-found']);
        expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect(body).toMatchObject({ instance: path, requestId: headers.get('x-request-id') });
      }
    },
  );

  it('that is no percent-encoded UTF-8 is 400', async () => {
    const { status, body } = await service.admin.get('/v1/leaderboards/%ff%fe/entries');
    expect([status, body.status]).toEqual([400, 400]);
  });
});

describe('a method that a path does not take', () => {
  it('is 405 with what it takes, on every path', async () => {
    const routes = service.application.nest
      .get(EndpointAudit)
      .handlers()
      .filter(({ transport }) => transport === 'http')
      .map(({ address }) => address.split(' '));
    const paths = [...new Set(routes.map(([, path = '']) => path))];
    expect(paths.length).toBeGreaterThan(15);
    for (const path of paths) {
      const url = path.replace(/:\w+/g, 'x1');
      // A member may be called as the last part of another route is: it is read by its own.
      const fitting = routes.filter(([, each = '']) =>
        new RegExp(`^${each.replace(/:\w+/g, '[^/]+')}$`).test(url),
      );
      const taken = new Set(fitting.map(([method = '']) => method));
      const expected = [...taken, ...(taken.has('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        if (taken.has(method)) continue;
        const { status, headers, body } = await service.admin.send(method, url);
        expect([status, body.code], `${method} ${path}`).toEqual([405, 'request.method-not-allowed']);
        expect(headers.get('allow')?.split(', ').sort(), path).toEqual(expected);
      }
      const options = await service.as(undefined).send('OPTIONS', url);
      expect([options.status, options.body], path).toEqual([204, '']);
      expect(options.headers.get('allow')?.split(', ').sort(), path).toEqual(expected);
    }
  });
});

describe('HEAD', () => {
  it('is GET without its body, refusals too', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      for (const path of [
        '/v1/me',
        '/v1/leaderboards/board',
        '/v1/leaderboards/absent',
        '/v1/streams/stream/entries',
        '/v1/streams/absent/tail',
        '/v1/pipeline',
        '/v1/pipeline/payloads/absent',
        '/v1/nothing',
        '/health/live',
      ]) {
        const got = await send(agent, 'GET', path);
        const { status, headers, body } = await send(agent, 'HEAD', path);
        expect([status, body, headers['content-type']], path).toEqual([
          got.status,
          '',
          got.headers['content-type'],
        ]);
      }
    } finally {
      agent.destroy();
    }
  });

  it('of an event stream opens none, and leaves the connection fit for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      for (const path of ['/v1/leaderboards/board/live', '/v1/streams/stream/tail?from=begin']) {
        const { status, body } = await send(agent, 'HEAD', path);
        expect([status, body], path).toEqual([200, '']);
      }
      expect((await send(agent, 'GET', '/v1/me')).status).toBe(200);
      const { body: metrics } = await send(agent, 'GET', '/metrics');
      expect(metrics).toContain('fulcrum_live_connections{kind="sse"} 0\n');
    } finally {
      agent.destroy();
    }
  });

  it('needs the permission of GET', async () => {
    expect((await service.as(undefined).send('HEAD', '/v1/me')).status).toBe(401);
  });
});

describe('X-Request-Id', () => {
  const id = async (sent?: string): Promise<string | null> => {
    const { headers } = await service.admin.get('/v1/me', sent === undefined ? {} : { 'x-request-id': sent });
    return headers.get('x-request-id');
  };

  it('is taken, and returned on every answer and in every problem', async () => {
    const longest = `!${'~'.repeat(127)}`;
    for (const sent of ['a', 'trace-1234', longest]) expect(await id(sent)).toBe(sent);
    for (const [client, path] of [
      [service.admin, '/v1/leaderboards/absent'],
      [service.as(undefined), '/v1/me'],
      [service.admin, '/nowhere'],
      [service.admin, '/v1/leaderboards/%ff/entries'],
    ] as const) {
      const { headers, body } = await client.get(path, { 'x-request-id': 'mine' });
      expect([headers.get('x-request-id'), body.requestId], path).toEqual(['mine', 'mine']);
    }
    const put = await service.admin.put('/v1/me', {}, { 'x-request-id': 'mine' });
    expect([put.headers.get('x-request-id'), put.body.requestId]).toEqual(['mine', 'mine']);
    const malformed = await service.admin.post('/v1/api-keys', '{', { 'x-request-id': 'mine' });
    expect([malformed.headers.get('x-request-id'), malformed.body.requestId]).toEqual(['mine', 'mine']);
  });

  it('is made if there is none, or none that is 1 to 128 visible characters', async () => {
    const made = [await id(), await id('x'.repeat(129)), await id('two words'), await id('é')];
    for (const each of made) expect(each).toMatch(/^[\da-f-]{36}$/);
    expect(new Set(made).size).toBe(made.length);
  });
});
