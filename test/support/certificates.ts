import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate and its private key, both PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Makes `<name>.pem` and `<name>-key.pem` in `folder`: a certificate for 127.0.0.1, signed by `authority` or by itself. */
export async function makeCertificate(
  folder: string,
  name: string,
  authority?: CertificateFiles,
): Promise<CertificateFiles> {
  const made = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}-key.pem`) };
  const host = 'subjectAltName=IP:127.0.0.1';
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', made.key];
  const subject = ['-subj', `/CN=${name}`];
  if (authority === undefined) {
    await openssl('req', '-x509', '-days', '2', ...newKey, ...subject, '-addext', host, '-out', made.cert);
    return made;
  }
  const [request, extensions] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)];
  await writeFile(extensions, host);
  await openssl('req', ...newKey, ...subject, '-out', request);
  const signed = ['-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial', '-days', '2'];
  await openssl('x509', '-req', '-in', request, '-extfile', extensions, ...signed, '-out', made.cert);
  await Promise.all([rm(request), rm(extensions)]);
  return made;
}

async function openssl(...args: readonly string[]): Promise<void> {
  await promisify(execFile)('openssl', args);
}
