import type { DeclaredHandler } from '../../../src/access/endpoint-audit.js';
import { type ApiClient } from '../../support/api-client.js';
import type { TestService } from '../../support/service.js';
import { waitUntil } from '../../support/wait-until.js';

/** The setting ROLES of the tests: a role that is no mere subset of the built-in ones. */
export const CUSTOM_ROLES = {
  moderator: ['leaderboards', 'messaging', 'streams', 'locking', 'sessions'].flatMap((feature) => [
    `${feature}:read`,
    `${feature}:admin:inside.*`,
  ]),
};

/** A credential, and what the contract says that it may do on the board, channel, stream or resource of a name. */
export interface Row {
  readonly name: string;
  readonly token: string | undefined;
  /** Undefined if it is no valid credential at all. */
  readonly may: ((feature: string, action: string, name: string | undefined) => boolean) | undefined;
  /** Begins the names of the boards, channels, streams and resources that this row is tried on. */
  readonly boards: 'inside' | 'outside';
}

const actions =
  (...allowed: string[]) =>
  (_feature: string, action: string) =>
    allowed.includes(action);

/** Only what begins with `inside.`, and there what `allowed` lists for its feature. */
const limited =
  (allowed: Readonly<Record<string, readonly string[]>>) =>
  (feature: string, action: string, name: string | undefined) =>
    (allowed[feature]?.includes(action) ?? false) && (name === undefined || name.startsWith('inside.'));

/** Every kind of credential that the contract knows, all of the tenant `tenant`. */
export async function credentialRows(service: TestService, tenant: string): Promise<Row[]> {
  const make = async (body: object) => await newKey(service.admin, { tenant, ...body });
  const [reader, writer, worker, admin, moderator, globbed, revoked, expired] = await Promise.all([
    make({ roles: ['reader'] }),
    make({ roles: ['writer'] }),
    make({ roles: ['worker'] }),
    make({ roles: ['admin'] }),
    make({ roles: ['moderator'] }),
    make({
      roles: [],
      permissions: [
        'leaderboards:read:inside.*',
        'leaderboards:write:inside.*',
        'streams:read:inside.*',
        'streams:write:inside.*',
        'streams:consume:inside.*',
        'messaging:read:inside.*',
        'messaging:write:inside.*',
        'locking:read:inside.*',
        'locking:write:inside.*',
        'sessions:read:inside.*',
        'sessions:write:inside.*',
      ],
    }),
    make({ roles: ['admin'] }),
    make({ roles: ['admin'], expiresAt: new Date(Date.now() + 1000).toISOString() }),
  ]);
  await service.admin.delete(`/v1/api-keys/${revoked.id}`);
  for (const { secret } of [revoked, expired]) {
    await waitUntil(
      'the key is refused',
      async () => (await service.as(secret).get('/v1/me')).status === 401,
    );
  }
  const moderates = limited({
    leaderboards: ['admin'],
    messaging: ['admin'],
    streams: ['admin'],
    locking: ['admin'],
    sessions: ['admin'],
  });
  const moderating: Row['may'] = (feature, action, name) =>
    ['leaderboards', 'messaging', 'streams', 'locking', 'sessions'].includes(feature) &&
    (action === 'read' || moderates(feature, action, name));
  const own = limited({
    leaderboards: ['read', 'write'],
    messaging: ['read', 'write'],
    streams: ['read', 'write', 'consume'],
    locking: ['read', 'write'],
    sessions: ['read', 'write'],
  });
  return [
    { name: 'reader', token: reader.secret, may: actions('read'), boards: 'inside' },
    { name: 'writer', token: writer.secret, may: actions('read', 'write'), boards: 'inside' },
    { name: 'worker', token: worker.secret, may: actions('read', 'write', 'consume'), boards: 'inside' },
    { name: 'admin', token: admin.secret, may: () => true, boards: 'inside' },
    { name: 'custom role, inside its glob', token: moderator.secret, may: moderating, boards: 'inside' },
    { name: 'custom role, outside its glob', token: moderator.secret, may: moderating, boards: 'outside' },
    { name: 'glob, inside', token: globbed.secret, may: own, boards: 'inside' },
    { name: 'glob, outside', token: globbed.secret, may: own, boards: 'outside' },
    { name: 'no credential', token: undefined, may: undefined, boards: 'inside' },
    { name: 'garbage', token: 'garbage', may: undefined, boards: 'inside' },
    { name: 'unknown key', token: 'fk_unknown_0123456789abcdef', may: undefined, boards: 'inside' },
    { name: 'wrong secret', token: `fk_${admin.id}_${'0'.repeat(64)}`, may: undefined, boards: 'inside' },
    {
      name: 'unsigned token',
      token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.',
      may: undefined,
      boards: 'inside',
    },
    { name: 'revoked', token: revoked.secret, may: undefined, boards: 'inside' },
    { name: 'expired', token: expired.secret, may: undefined, boards: 'inside' },
  ];
}

/** Resources whose name is the same in all of a call's names. */
const NAMED = ['board', 'channel', 'stream', 'resource', 'userId'];
/** Operations that name a channel, a resource or a user otherwise than in their path. */
const NAMING = [
  'messaging.events.open',
  'locks.acquire',
  'locks.extend',
  'locks.release',
  'sessions.create',
  'sessions.delete',
  ...['get', 'patch', 'rotate', 'delete'].map((verb) => `sessions.current.${verb}`),
];

/** What `handler` must answer to `row`: 401, 403, or `allowed`; `name` is that of board, channel, stream and resource. */
export function expectedOf(row: Row, { endpoint }: DeclaredHandler, name: string): 'allowed' | 401 | 403 {
  if (endpoint === 'public') return 'allowed';
  if (row.may === undefined) return 401;
  if (endpoint.permission === 'authenticated') return 'allowed';
  const [feature = '', action = ''] = endpoint.permission.split(':');
  const isNamed = NAMED.includes(endpoint.resource ?? '') || NAMING.includes(endpoint.name);
  return row.may(feature, action, isNamed ? name : undefined) ? 'allowed' : 403;
}

/** Makes an API key; fails unless it was made. */
export async function newKey(as: ApiClient, body: object): Promise<{ id: string; secret: string }> {
  const { status, body: answer } = await as.post('/v1/api-keys', { name: 'a test key', ...body });
  if (status !== 201) throw new Error(`no key was made: ${status} ${JSON.stringify(answer)}`);
  return answer as { id: string; secret: string };
}
