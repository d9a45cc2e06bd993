import { makeValidator } from 'envalid';
import { BUILT_IN_ROLES, isGrant } from './grant.js';

const MAX_INT = Number.MAX_SAFE_INTEGER;
/** Of a Redis URL that names none. */
const REDIS_PORT = 6379;

/** A whole number in base 10 between `min` and `max`, both included. */
export const integer = (min: number, max: number = MAX_INT) =>
  makeValidator<number>((input) => {
    const value = /^-?\d{1,16}$/.test(input) ? Number(input) : NaN;
    if (!(value >= min && value <= max)) throw new Error(`must be a whole number from ${min} to ${max}`);
    return value;
  });

export const text = makeValidator<string>((input) => {
  if (input === '') throw new Error('must not be empty');
  return input;
});

const urlOf = (protocols: readonly string[], { credentials }: { credentials: boolean }) =>
  makeValidator<string>((input) => {
    if (!URL.canParse(input) || !protocols.includes(new URL(input).protocol)) {
      throw new Error(`must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    }
    const { username, password } = new URL(input);
    if (!credentials && `${username}${password}` !== '')
      throw new Error('must not hold a user name or password');
    return input;
  });

export const redisUrl = urlOf(['redis:', 'rediss:'], { credentials: true });
/** Without credentials: whoever fetches it would send none, and complain of them with the whole URL. */
export const httpUrl = urlOf(['http:', 'https:'], { credentials: false });

function parseRedisUrls(input: string): readonly string[] {
  const urls = input.split(',').map((part) => part.trim());
  for (const url of urls) {
    if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
      throw new Error('must be comma-separated URLs that start with redis:// or rediss://');
    }
  }
  if (new Set(urls.map((url) => new URL(url).protocol)).size > 1)
    throw new Error('mixes redis:// and rediss://');
  return urls;
}

/** Comma-separated Redis URLs, at least one, all with TLS or all without. */
export const redisUrls = makeValidator<readonly string[]>(parseRedisUrls);

const HOST_AND_PORT = /^(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/;

/** As `redisUrls`; a part may be `host:port` alone. */
export const sentinelUrls = makeValidator<readonly string[]>((input) =>
  parseRedisUrls(
    input
      .split(',')
      .map((part) => (HOST_AND_PORT.test(part.trim()) ? `redis://${part.trim()}` : part))
      .join(','),
  ),
);

/** A master as its Sentinels name it, alone or as the host of a Redis URL; the value is a URL. */
export const masterUrl = makeValidator<string>((input) => {
  const url = input.includes('://') ? input : `redis://${input}`;
  const problem = new Error(
    'must be a name such as mymaster, or a URL such as rediss://user:password@mymaster',
  );
  if (!URL.canParse(url)) throw problem;
  const { protocol, hostname, port } = new URL(url);
  if (!/^rediss?:$/.test(protocol) || !/^[A-Za-z0-9._-]+$/.test(hostname) || port !== '') throw problem;
  return url;
});

/** As `redis://host` and `redis://HOST:6379/1` are one server. */
function serverOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname.toLowerCase()}:${port || REDIS_PORT}`;
}

/**
 * As `redisUrls`, an odd number of servers: one more would not make the locks outlast the loss of one more, since it takes a
 * larger majority.
 */
export const oddRedisUrls = makeValidator<readonly string[]>((input) => {
  const urls = parseRedisUrls(input);
  if (urls.length % 2 === 0 || urls.length > 7) throw new Error('must name 1, 3, 5 or 7 servers');
  if (new Set(urls.map(serverOf)).size < urls.length) throw new Error('names one server twice');
  return urls;
});

/** `fk_<id>_<secret>`: the form of every API key. */
export const apiKey = makeValidator<string>((input) => {
  if (!/^fk_[A-Za-z0-9-]{1,64}_[\x21-\x7e]{8,256}$/.test(input)) {
    throw new Error('must look like fk_<id>_<secret>, the secret 8 to 256 visible ASCII characters');
  }
  return input;
});

/** `{"<role>": ["<permission>", …]}` in JSON. */
export const roleDefinitions = makeValidator<Readonly<Record<string, readonly string[]>>>((input) => {
  const problem = new Error('must be a JSON object of role names, each with an array of permissions');
  let parsed: unknown;
  try {
    parsed = JSON.parse(input);
  } catch {
    throw problem;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw problem;
  const roles = new Map<string, readonly string[]>();
  for (const [role, permissions] of Object.entries(parsed)) {
    if (!Array.isArray(permissions) || !permissions.every((p): p is string => typeof p === 'string'))
      throw problem;
    if (Object.hasOwn(BUILT_IN_ROLES, role)) throw new Error(`redefines ${role}, which is built in`);
    const wrong = permissions.find((permission) => !isGrant(permission));
    if (wrong !== undefined)
      throw new Error(`gives ${role} ${JSON.stringify(wrong)}, which is no permission`);
    roles.set(role, permissions);
  }
  return Object.fromEntries(roles);
});

export interface BucketSetting {
  readonly capacity: number;
  readonly refillTokens: number;
  readonly refillIntervalMs: number;
}

/** `<capacity>/<refill per second>`, both whole numbers, or `off`. */
export const bucketLimit = makeValidator<BucketSetting | 'off'>((input) => {
  if (input === 'off') return input;
  const match = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(input);
  if (!match) throw new Error('must be <capacity>/<refill per second>, such as 100/10, or off');
  return { capacity: Number(match[1]), refillTokens: Number(match[2]), refillIntervalMs: 1000 };
});

/** A key of AES-256-GCM and the id that what it encrypted is marked with. */
export interface EncryptionKey {
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

/** `<id>:<base64 of 32 bytes>`, comma-separated, the newest first; throws an Error that quotes nothing of it. */
export function parseEncryptionKeys(input: string): readonly EncryptionKey[] {
  const keys = input.split(',').map((part) => {
    const match = /^([A-Za-z0-9._-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(part.trim());
    if (!match) throw new Error('must be comma-separated <id>:<base64 of 32 bytes>, the newest first');
    return { id: match[1] ?? '', secret: Buffer.from(match[2] ?? '', 'base64') };
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('names one id twice');
  return keys;
}

/** What `parseEncryptionKeys` reads, for a process that is given the keys by another. */
export function formatEncryptionKeys(keys: readonly EncryptionKey[]): string {
  return keys.map(({ id, secret }) => `${id}:${secret.toString('base64')}`).join(',');
}

export const encryptionKeys = makeValidator<readonly EncryptionKey[]>(parseEncryptionKeys);

/** Web origins, comma-separated: scheme, host and port, nothing after them. */
export const origins = makeValidator<readonly string[]>((input) => {
  const named = input.split(',').map((part) => part.trim());
  for (const origin of named) {
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error('must be comma-separated origins such as https://app.example.com');
    }
  }
  return named;
});

/** A host as `URL` writes its name or address; without a port, the scheme's own. */
export interface HostSetting {
  readonly hostname: string;
  readonly port?: number | undefined;
}

/** `host` or `host:port`, comma-separated; an IPv6 address stands in brackets. */
export const hosts = makeValidator<readonly HostSetting[]>((input) => {
  const problem = new Error('must be comma-separated hosts such as api.example.com or 10.0.0.7:8080');
  return input.split(',').map((part) => {
    const host = part.trim();
    const port = /:(\d{1,5})$/.exec(host)?.[1];
    const name = port === undefined ? host : host.slice(0, -port.length - 1);
    const isHost = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/i.test(name) && URL.canParse(`http://${name}`);
    if (!isHost || Number(port) > 65_535) throw problem;
    const { hostname } = new URL(`http://${name}`);
    return port === undefined ? { hostname } : { hostname, port: Number(port) };
  });
});
