import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/load-settings.js';
import { makeCertificate } from '../../support/certificates.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

let topology: Topology;
let service: TestService;
let folder: string;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-tls-'));
  await renewCertificate('first');
  topology = await startTopology();
  service = await startService({ ...topology.settings, TLS_CERT: path('cert'), TLS_KEY: path('key') });
  port = Number(new URL(service.url).port);
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
  await rm(folder, { recursive: true });
});

const path = (kind: 'cert' | 'key') => join(folder, `served-${kind}.pem`);

/** A new self-signed certificate for `name` in the files that the service watches. */
async function renewCertificate(name: string): Promise<void> {
  const { cert, key } = await makeCertificate(folder, name);
  // Not at once, as a real renewal may not be: the service must not use a pair that does not fit together.
  await copyFile(key, path('key'));
  await copyFile(cert, path('cert'));
}

/** The version that a handshake with `version` alone ends with, or the word that refuses it. */
function handshake(version: 'TLSv1.2' | 'TLSv1.3'): Promise<string> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, minVersion: version, maxVersion: version };
    const socket = connect({ ...options, rejectUnauthorized: false }, () => {
      resolve(String(socket.getProtocol()));
      socket.destroy();
    });
    socket.on('error', (error: Error & { code?: string }) => resolve(String(error.code)));
  });
}

/** Status of a request on a connection of its own, and who the server said that it was. */
function me(): Promise<{ status: number | undefined; name: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false, rejectUnauthorized: false });
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const sent = request({ host: '127.0.0.1', port, path: '/v1/me', agent, headers }, (response) => {
      const { socket } = response;
      const name = 'getPeerCertificate' in socket ? peerName(socket) : '';
      response.resume().on('end', () => resolve({ status: response.statusCode, name }));
    });
    sent.on('error', reject).end();
  });
}

function peerName(socket: object): string {
  const certificate: unknown = Reflect.apply(
    Reflect.get(socket, 'getPeerCertificate') as () => unknown,
    socket,
    [],
  );
  return (certificate as { subject: { CN: string } }).subject.CN;
}

describe('TLS', () => {
  it('takes 1.3 and refuses 1.2', async () => {
    expect(await handshake('TLSv1.3')).toBe('TLSv1.3');
    expect(await handshake('TLSv1.2')).toMatch(/PROTOCOL_VERSION/);
  });

  it('takes up a changed certificate under load without a failed request', async () => {
    const statuses: (number | undefined)[] = [];
    const names = new Set<string>();
    let isOver = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const answer = await me();
        statuses.push(answer.status);
        names.add(answer.name);
      }
    });
    await waitUntil('requests run', () => names.has('first'));
    await renewCertificate('second');
    await waitUntil('the new certificate is served', () => names.has('second'), { timeoutMs: 20_000 });
    isOver = true;
    await Promise.all(load);
    const failed = statuses.filter((status) => status !== 200).length;
    console.info(`${failed} of ${statuses.length} requests failed across a change of certificate`);
    expect(failed).toBe(0);
    expect((await me()).name).toBe('second');
  });

  it('keeps the certificate that it has while the files hold none', async () => {
    await writeFile(path('cert'), 'not a certificate');
    let requests = 0;
    // Longer than the service takes to look at its files twice.
    await waitUntil(
      'requests over two looks',
      async () => {
        expect((await me()).name).toBe('second');
        return ++requests >= 25;
      },
      { everyMs: 100 },
    );
    await renewCertificate('third');
    await waitUntil('the repaired one is served', async () => (await me()).name === 'third', {
      timeoutMs: 20_000,
    });
  });

  it('needs both files', () => {
    expect(() => loadSettings({ TLS_CERT: '/some/cert.pem' })).toThrow('TLS_CERT and TLS_KEY go together');
  });
});
