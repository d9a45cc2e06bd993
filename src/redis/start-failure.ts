import { once } from 'node:events';
import { connect } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { dataUrl } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { AppError } from '../errors/app-error.js';
import { StartError } from '../errors/start-error.js';
import { serverOptions } from './connection-options.js';
import { readFailure } from './redis-failure.js';

const NO_CLIENT_CERTIFICATE =
  'it ends the TLS handshake, as a server does that asks for a client certificate (REDIS_TLS_CERT, REDIS_TLS_KEY)';
const NOT_TRUSTED =
  'its certificate is from no authority in REDIS_TLS_CA; without that setting, from no public one';
const NO_HANDSHAKE = 'it begins no TLS handshake; a port without TLS needs redis:// in place of rediss://';

/** What an operator can do about a failed connection, by the code of its error or the first word of Redis' answer. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closes the connection, as a port with TLS does that is not asked with rediss://',
  ENOTFOUND: 'its name has no address',
  ETIMEDOUT: 'it does not take the connection or does not answer on it',
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  CERT_SIGNATURE_FAILURE: NOT_TRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host than its URL names',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: NO_CLIENT_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: NO_CLIENT_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    'it does not know the authority of the client certificate in REDIS_TLS_CERT',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the client certificate in REDIS_TLS_CERT has expired',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks no TLS 1.2 or newer',
  ERR_SSL_WRONG_VERSION_NUMBER: NO_HANDSHAKE,
  NOAUTH: 'it asks for a user and a password, and its URL has none',
  WRONGPASS: 'it does not accept the user and the password in its URL',
  NOPERM: 'its user may not do what the service needs',
};

/** Asks every node once more, to say what keeps the service from Redis: ioredis alone knows, and keeps it to itself. */
export async function unreachable(settings: Settings, waitMs: number, cause: unknown): Promise<StartError> {
  const urls = settings.REDIS_SENTINELS ?? settings.REDIS_CLUSTER_NODES ?? [settings.REDIS_URL ?? ''];
  const reasons = await Promise.all(urls.map((url) => reasonFor(url, settings)));
  const address = urls.map((url) => new URL(url).host).join(', ');
  const why = [...new Set(reasons)].join('; ');
  return new StartError(`Redis at ${address} did not answer within ${waitMs} ms: ${why}.`, { cause });
}

/** A start that ends because of the service's permissions on Redis, in words; any other `error` as it is. */
export function explainedStart(error: unknown): unknown {
  const refusal = error instanceof AppError ? error.cause : error;
  if (!(refusal instanceof Error) || !readFailure(refusal)?.denied) return error;
  const needed = 'deploy/redis/README.md says what its user needs';
  return new StartError(`Redis refuses the service a permission (${refusal.message}): ${needed}.`, {
    cause: error,
  });
}

async function reasonFor(url: string, settings: Settings): Promise<string> {
  try {
    if (settings.REDIS_SENTINELS) return await reasonBehind(url, settings);
    await ask(url, settings, (client) => client.ping());
    return settings.REDIS_CLUSTER_NODES
      ? 'its nodes answer, but not as one cluster'
      : 'it has begun to answer since';
  } catch (error) {
    return inWords(error);
  }
}

/** Why there is no way to the master that a Sentinel at `url` names. */
async function reasonBehind(url: string, settings: Settings): Promise<string> {
  const master = new URL(dataUrl(settings) ?? '');
  const found = await ask(
    url,
    settings,
    (client) => client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master.hostname),
    // It has no data to load.
    { enableReadyCheck: false },
  );
  if (!Array.isArray(found)) return `the Sentinel knows no master ${master.hostname}`;
  const [host, port] = found.map(String);
  const address = `${host?.includes(':') ? `[${host}]` : host}:${port}`;
  const { protocol, username, password } = master;
  const credentials = username || password ? `${username}:${password}@` : '';
  try {
    const role = await ask(`${protocol}//${credentials}${address}`, settings, (client) =>
      client.info('replication'),
    );
    return role.includes('role:master')
      ? 'it has begun to answer since'
      : `the master that Sentinel names, ${address}, is a replica`;
  } catch (error) {
    return `the master that Sentinel names, ${address}: ${inWords(error)}`;
  }
}

/** What the server at `url` answers, after a TLS handshake of its own if its URL asks for one: that says why it fails. */
async function ask<T>(
  url: string,
  settings: Settings,
  question: (client: Redis) => Promise<T>,
  options?: RedisOptions,
): Promise<T> {
  const { tls } = serverOptions(settings, url);
  if (tls) await handshake(new URL(url), tls, settings.REDIS_TIMEOUT_MS);
  const client = newClient(url, settings, options);
  let first: unknown;
  client.on('error', (error: unknown) => (first ??= error));
  try {
    await client.connect();
    return await question(client);
  } catch (error) {
    throw first ?? error;
  } finally {
    client.disconnect();
  }
}

/**
 * Until the server has accepted our side of it too: with TLS 1.3 it says so by a session ticket. Nothing is sent, since
 * a server that refuses would answer that with a reset, which may overtake the alert that says why.
 */
async function handshake(url: URL, tls: object, timeoutMs: number): Promise<void> {
  const socket = connect({ host: hostOf(url), port: Number(url.port || 6379), ...tls });
  socket.on('error', () => undefined);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const accepted = once(socket, 'session', { signal });
    // The wait for the ticket is over when the one for the handshake fails, and fails with it.
    accepted.catch(() => undefined);
    await once(socket, 'secureConnect', { signal }).catch((error: unknown) => {
      throw signal.aborted ? new Error(NO_HANDSHAKE) : error;
    });
    // A server may send no ticket; then only the silence says that all is well.
    if (socket.getProtocol() === 'TLSv1.3')
      await accepted.catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
  } finally {
    socket.destroy();
  }
}

function newClient(url: string, settings: Settings, options?: RedisOptions): Redis {
  return new Redis(url, {
    ...serverOptions(settings, url),
    socketTimeout: settings.REDIS_TIMEOUT_MS,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    ...options,
  });
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return WORDS[code] ?? WORDS[error.message.split(' ')[0] ?? ''] ?? error.message;
}

const hostOf = (url: URL) => url.hostname.replace(/^\[(.*)\]$/, '$1');
