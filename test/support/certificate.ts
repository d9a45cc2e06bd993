import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A self-signed certificate for localhost, in a folder that goes away with it. */
export interface TestCertificate {
  /** Settings that make the service use it. */
  readonly settings: Readonly<Record<'TLS_CERT' | 'TLS_KEY', string>>;
  remove(): Promise<void>;
}

export async function makeCertificate(): Promise<TestCertificate> {
  const folder = await mkdtemp(join(tmpdir(), 'fulcrum-certificate-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', cert];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...files, '-subj', '/CN=localhost']);
  return {
    settings: { TLS_CERT: cert, TLS_KEY: key },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
