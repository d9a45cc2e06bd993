import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY } from '../../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { CURRENT, SessionClient, SESSIONS, sessionsOf, withToken } from './sessions.js';

const CANARY = 'canary-of-a-session';

let topology: Topology;
let service: ServiceProcess;
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  service = await startServiceProcess({ ...topology.settings, LOG_LEVEL: 'debug' });
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages?.close();
  await service?.stop();
  await topology?.stop();
});

describe('the log, with every detail', () => {
  it('tells of sessions, and holds no token, no data and no device', async () => {
    const { admin } = service;
    const secrets: string[] = [CANARY];
    const body = { userId: 'ada', data: { note: CANARY }, device: { name: CANARY } };
    const begun = await admin.post(SESSIONS, body, { 'idempotency-key': 'log-1' });
    expect(begun.status).toBe(201);
    const client = new SessionClient(admin, String(begun.body.token));
    secrets.push(client.token, client.token.slice(-43));
    await client.read();
    await client.patch({ note: `${CANARY} again` });
    await client.patch({ note: CANARY }, { 'if-match': '"1"' });
    await client.patch(`{"note": "${CANARY}`);
    const rotated = await client.rotate();
    const next = new SessionClient(admin, String(rotated.body.token));
    secrets.push(next.token, next.token.slice(-43));
    await client.rotate();
    await admin.get(CURRENT, withToken(`${next.token}x`));
    await admin.post(SESSIONS, { ...body, data: CANARY, device: 1 });
    await admin.get(sessionsOf('ada'));
    const sent = { sessionToken: next.token, data: { note: CANARY } };
    await messages.send('sessions.current.patch', sent);
    await messages.send('sessions.current.get', { sessionToken: next.token });
    await messages.send('sessions.current.patch', { ...sent, more: CANARY }).catch(() => undefined);
    await next.end();
    await next.read();
    const written = service.stdout() + service.stderr();
    for (const name of ['sessions.create', 'sessions.current.patch', 'sessions.current.rotate'])
      expect(written).toContain(`"operation":"${name}"`);
    expect(written).toContain('sessions.invalid-token');
    for (const secret of secrets) expect(written.includes(secret), secret.slice(0, 10)).toBe(false);
  });
});
