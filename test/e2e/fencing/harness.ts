import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { type DeclaredHandler, EndpointAudit } from '../../../src/access/endpoint-audit.js';
import type { EndpointDefinition } from '../../../src/access/endpoint.js';
import type { Answer } from '../../support/api-client.js';
import { MessageClient } from '../../support/message-client.js';
import { type DumpedValue, dumpRedis } from '../../support/redis-dump.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { freshSession } from '../access/session-names.js';
import { freshChannel } from '../access/channel-names.js';
import { freshStream } from '../access/stream-names.js';
import type { FencedWrite, Names, TargetKind } from './fenced-writes.js';

export type Transport = DeclaredHandler['transport'];

/** A handler that somebody may call with a credential. */
export interface Guarded extends DeclaredHandler {
  readonly endpoint: EndpointDefinition;
}

/** What a request carries besides what it asks for. */
export interface Carried {
  readonly fence?: string;
  readonly key?: string;
}

/** What a call came to; a message that succeeded has the status 200 and the answer's body. */
export interface Outcome {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers freely
  readonly body: any;
  readonly replayed: boolean;
}

/** The service with everything that tests of fences do to it. */
export class Fencing {
  private constructor(
    readonly topology: Topology,
    readonly service: TestService,
    readonly messages: MessageClient,
    readonly handlers: readonly Guarded[],
  ) {}

  static async start(): Promise<Fencing> {
    const topology = await startTopology();
    const service = await startService(topology.settings);
    const messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
    const handlers = service.application.nest.get(EndpointAudit).handlers().filter(isGuarded);
    return new Fencing(topology, service, messages, handlers);
  }

  async stop(): Promise<void> {
    await this.messages.close();
    await this.service.stop();
    await this.topology.stop();
  }

  /** A target with something in it for every write, and a name that no other has. */
  async fresh(kind: TargetKind, client = this.service.admin, name: string = randomUUID()): Promise<Names> {
    const names = {
      board: name,
      member: 'a',
      stream: name,
      group: 'workers',
      consumer: 'ann',
      id: '1-1',
      deadLetter: '1-1',
      channel: name,
      userId: name,
      sessionId: '',
      sessionToken: '',
    };
    if (kind === 'session') return { ...names, ...(await freshSession(client, name, {})) };
    if (kind === 'channel') {
      await freshChannel(client, name, 'first');
      return names;
    }
    if (kind === 'stream') {
      const { entry, ...others } = await freshStream(client, name, 'first');
      return { ...names, ...others, id: entry };
    }
    const submissions = ['a', 'b'].map((member, at) => ({ member, score: at }));
    for (const path of [
      'submissions/batch',
      'seasons',
      'submissions/batch',
      'seasons',
      'submissions/batch',
    ]) {
      const body = path === 'seasons' ? undefined : { submissions };
      const { status } = await client.post(`/v1/leaderboards/${name}/${path}`, body);
      expect(status).toBeLessThan(300);
    }
    return names;
  }

  /** Makes the target see a token, by a write that changes nothing else. */
  async see(kind: TargetKind, names: Names, fence: string, client = this.service.admin): Promise<Answer> {
    if (kind === 'session') {
      const path = `/v1/users/${names.userId}/sessions?except=${names.sessionId}`;
      return await client.delete(path, { fence });
    }
    return await client.put(pathOf(kind, names), {}, { fence });
  }

  /** The same as a target that has seen `r=7`. */
  async freshAfter7(kind: TargetKind): Promise<Names> {
    const names = await this.fresh(kind);
    expect((await this.see(kind, names, 'r=7')).status).toBeLessThan(300);
    return names;
  }

  /** Everything that Redis holds of a target. */
  async stateOf(kind: TargetKind, names: Names): Promise<Map<string, DumpedValue>> {
    const name = kind === 'session' ? names.sessionId.slice(0, 2) : names[kind];
    const tag = `:{${FEATURES[kind]}:${name}}:`;
    // What is on its way to the audit stream goes on by itself.
    const isOurs = (key: string) => key.includes(tag) && !/:(audit|taken)$/.test(key);
    const state = await dumpRedis(this.topology, isOurs);
    expect(state.size).toBeGreaterThan(0);
    return state;
  }

  handlerOf(transport: Transport, operation: string): Guarded {
    const found = this.handlers.find(
      (each) => each.transport === transport && each.endpoint.name === operation,
    );
    if (found === undefined) throw new Error(`no ${transport} handler is called ${operation}`);
    return found;
  }

  /** Carries out `write` on the target that `names` are those of. */
  async send(
    transport: Transport,
    write: FencedWrite,
    names: Names,
    carried: Carried = {},
  ): Promise<Outcome> {
    const { query = {}, operation } = write;
    const body = write.body?.(names);
    const [method = '', template = ''] = this.handlerOf('http', operation).address.split(' ');
    const fields = [...template.matchAll(/:(\w+)/g)].map(([, field = '']) => field);
    const valueOf = (field: string) => String(Reflect.get(names, field));
    const isOnSession = operation.startsWith('sessions.current.');
    if (transport === 'message') {
      const named = Object.fromEntries(fields.map((field) => [field, valueOf(field)]));
      const token = isOnSession ? { sessionToken: names.sessionToken } : {};
      return await this.sendMessage(operation, { ...named, ...query, ...body, ...token }, carried);
    }
    const path = template.replaceAll(/:(\w+)/g, (_all, field: string) => valueOf(field));
    const search = new URLSearchParams(query).toString();
    const token: Record<string, string> = isOnSession ? { 'session-token': names.sessionToken } : {};
    return await this.sendRequest(method, `${path}${search && `?${search}`}`, body, carried, token);
  }

  async sendRequest(
    method: string,
    path: string,
    body: object | undefined,
    { fence, key }: Carried,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    const headers = {
      ...more,
      ...(fence === undefined ? {} : { fence }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    };
    const answer = await this.service.admin.send(method, path, body, headers);
    return {
      status: answer.status,
      body: answer.body,
      replayed: answer.headers.get('idempotency-replayed') === 'true',
    };
  }

  async sendMessage(pattern: string, data: object, { fence, key }: Carried): Promise<Outcome> {
    const envelope = {
      ...(fence === undefined ? {} : { fence }),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    };
    try {
      return { status: 200, body: await this.messages.send(pattern, data, envelope), replayed: false };
    } catch (problem) {
      // Anything but a problem object (a timeout, say) has no status, and fails what is expected of it.
      return { status: Number(Reflect.get(Object(problem), 'status')), body: problem, replayed: false };
    }
  }
}

const FEATURES = {
  board: 'leaderboards',
  stream: 'streams',
  channel: 'messaging',
  session: 'sessions',
} as const;

export function pathOf(kind: Exclude<TargetKind, 'session'>, names: Names): string {
  const resources = { board: 'leaderboards', stream: 'streams', channel: 'channels' } as const;
  return `/v1/${resources[kind]}/${names[kind]}`;
}

export function expectOk({ status, body }: Outcome): void {
  expect(status, JSON.stringify(body)).toBeLessThan(300);
}

export function expectRefusal({ status, body }: Outcome, expected: 412 | 422, code: string): void {
  expect({ status, code: body?.code }, JSON.stringify(body)).toEqual({ status: expected, code });
}

function isGuarded(handler: DeclaredHandler): handler is Guarded {
  return handler.endpoint !== 'public';
}
