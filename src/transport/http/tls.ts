import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { log } from '../../telemetry/log.js';

/** Paths of a certificate chain and its private key, both PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

const LOOK_EVERY_MS = 1000;

/** The files' contents as options of a server, with TLS 1.3 as the floor. @throws Error if they do not fit together */
export function tlsOptions({ cert, key }: TlsFiles): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: readFileSync(cert),
    key: readFileSync(key),
    minVersion: 'TLSv1.3',
  };
  createSecureContext(options);
  return options;
}

/**
 * Looks at the files once a second and gives `server` what they hold after a change. Connections that are open
 * stay as they are; files that do not fit together, as they may be between two writes, change nothing.
 * @returns what ends the watch
 */
export function reloadOnChange(server: Pick<Server, 'setSecureContext'>, files: TlsFiles): () => void {
  const reload = () => {
    try {
      server.setSecureContext(tlsOptions(files));
      log.info({ event: 'tls.reloaded' }, 'serving the changed certificate');
    } catch (error) {
      log.warn({ event: 'tls.unusable', err: error }, 'the changed certificate is not used');
    }
  };
  const paths = [files.cert, files.key];
  for (const path of paths) watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, reload);
  return () => {
    for (const path of paths) unwatchFile(path, reload);
  };
}
