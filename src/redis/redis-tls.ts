import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls';
import { type RedisPlace, usesRedisTls } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { messageOf } from '../errors/reason-of.js';
import { StartError } from '../errors/start-error.js';
import { log } from '../telemetry/log.js';

type TlsSettings = RedisPlace &
  Pick<Settings, 'LOCK_REDIS_URLS' | 'REDIS_TLS_CA' | 'REDIS_TLS_CERT' | 'REDIS_TLS_KEY'>;
type FileSetting = 'REDIS_TLS_CA' | 'REDIS_TLS_CERT' | 'REDIS_TLS_KEY';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The TLS side of every connection to Redis; undefined if `url`, without which the shared Redis is meant, says redis://. The server must show a certificate
 * for the host of its URL, from an authority in REDIS_TLS_CA (from a public one without it). The files are read again
 * for each connection, so that a renewed certificate needs no restart; files that do not fit then change nothing.
 * @throws StartError that names the setting whose file cannot be used
 */
export function redisTls(settings: TlsSettings, url?: string): ConnectionOptions | undefined {
  if (!usesRedisTls(settings, url)) return undefined;
  let context = contextOf(settings);
  return {
    // ioredis copies these options whenever it connects, which asks for the value of the moment.
    get secureContext(): SecureContext {
      try {
        context = contextOf(settings);
      } catch (error) {
        log.warn({ event: 'redis.tls.unusable', err: error }, 'the changed TLS files of Redis are not used');
      }
      return context;
    },
  };
}

/** @throws StartError that names the setting whose file cannot be used */
export function checkRedisTls(settings: TlsSettings): void {
  redisTls(settings);
  for (const urls of [settings.REDIS_SENTINELS, settings.LOCK_REDIS_URLS]) {
    if (urls !== undefined) redisTls(settings, urls[0]);
  }
}

function contextOf(settings: TlsSettings): SecureContext {
  const [ca, cert, key] = (['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'] as const).map((name) =>
    contentsOf(name, settings[name]),
  );
  if (ca !== undefined) certificatesOf('REDIS_TLS_CA', ca);
  if (cert !== undefined && key !== undefined) checkPair(cert, key);
  return createSecureContext({
    // What Redis itself speaks at least; both sides take 1.3 where both have it.
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert, key }),
  });
}

function contentsOf(name: FileSetting, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`${name}: the file cannot be read (${messageOf(error)})`, { cause: error });
  }
}

function certificatesOf(name: FileSetting, pem: string): X509Certificate[] {
  try {
    const found = (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
    if (found.length > 0) return found;
  } catch (error) {
    throw new StartError(`${name}: the file holds a damaged certificate`, { cause: error });
  }
  throw new StartError(`${name}: the file holds no certificate (PEM)`);
}

function checkPair(cert: string, key: string): void {
  const [own] = certificatesOf('REDIS_TLS_CERT', cert);
  let fits: boolean | undefined;
  try {
    fits = own?.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new StartError('REDIS_TLS_KEY: the file holds no private key (PEM, without a passphrase)', {
      cause: error,
    });
  }
  if (fits !== true) throw new StartError('REDIS_TLS_KEY: this is not the key of REDIS_TLS_CERT');
}
