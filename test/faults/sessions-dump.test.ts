import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoredSessionsService } from '../../src/features/sessions/sessions.stored.service.js';
import { SessionVault } from '../../src/features/sessions/sessions.vault.js';
import { SessionClient, SESSIONS } from '../e2e/sessions/sessions.js';
import { dumpText } from '../support/redis-dump.js';
import { startService, type TestService } from '../support/service.js';
import { startTopology, type Topology } from '../support/topology.js';
import { inParts } from './sessions-world.js';

const SESSIONS_IN_ALL = 1000;
const AT_ONCE = 25;
/** Letters by which a needle is looked for before it is compared as a whole: shorter than each of them. */
const START = 10;

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

/** What must not stand in Redis, and what to call it. */
interface Secret {
  readonly kind: 'token' | 'value' | 'nested value' | 'device' | 'user’s sid';
  readonly text: string;
}

/** Letters of base64 that stand for `bytes` wherever they begin in what was encoded. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = Math.ceil((before * 8) / 6);
    return encoded.slice(first, first + Math.floor((bytes.length * 8 - 12) / 6));
  });
}

/** In how many ways `text` may be written down, one character for each byte. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const base64 = base64Forms(bytes);
  const hex = bytes.toString('hex');
  return [
    bytes.toString('latin1'),
    JSON.stringify(text).slice(1, -1),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** Those of a token: whole, its secret, halves of that, and the bytes that the secret stands for. */
function tokenForms(token: string): string[] {
  const secret = token.slice(-43);
  const bytes = Buffer.from(secret, 'base64url');
  return [
    ...[token, secret, secret.slice(0, 21), secret.slice(21)].flatMap(formsOf),
    ...[bytes, bytes.subarray(0, 16), bytes.subarray(16)].flatMap((part) => [
      part.toString('latin1'),
      part.toString('hex'),
      ...base64Forms(part),
    ]),
  ];
}

/** How many of `secrets` stand in `text`, by their kind. */
function found(secrets: readonly Secret[], text: string): Record<string, number> {
  const needles = new Map<string, { readonly form: string; readonly secret: Secret }[]>();
  for (const secret of secrets)
    for (const form of secret.kind === 'token' ? tokenForms(secret.text) : formsOf(secret.text)) {
      const start = form.slice(0, START);
      needles.set(start, [...(needles.get(start) ?? []), { form, secret }]);
    }
  const seen = new Set<Secret>();
  for (let at = 0; at + START <= text.length; at++)
    for (const { form, secret } of needles.get(text.slice(at, at + START)) ?? [])
      if (text.startsWith(form, at)) seen.add(secret);
  const counts: Record<string, number> = {};
  for (const { kind } of seen) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

let made = 0;

/** Letters that no other value begins with. */
const unlike = (what: string) => `${(++made).toString(36).padStart(5, '0')}-${what}-Zoë-${made * 7919}`;

/** Makes a session in one of the ways that there are, and gives what must be hidden of it. */
async function makeOne(at: number): Promise<Secret[]> {
  const [value, inner, device] = [unlike('value'), unlike('nested'), unlike('device')];
  const secrets: Secret[] = [
    { kind: 'value', text: value },
    { kind: 'nested value', text: inner },
  ];
  const data = { value, list: [{ inner }] };
  if (at % 5 === 4) {
    const sid = unlike('a-sid-that-a-framework-chose');
    await service.application.nest
      .get(StoredSessionsService)
      .set({ tenant: 'default', name: 'app' }, sid, data, 60_000);
    return [...secrets, { kind: 'user’s sid', text: sid }];
  }
  const headers: Record<string, string> = at % 5 === 1 ? { 'idempotency-key': `key-${at}` } : {};
  const body = { userId: `user-${at % 400}`, data, device: at % 2 ? device : { name: device } };
  const answer = await service.admin.post(SESSIONS, body, headers);
  expect(answer.status).toBe(201);
  const { token } = answer.body as { token: string };
  secrets.push({ kind: 'token', text: token }, { kind: 'device', text: device });
  const client = new SessionClient(service.admin, token);
  if (at % 5 === 2) {
    const patched = unlike('patched');
    expect((await client.patch({ deeper: { patched } })).status).toBe(200);
    secrets.push({ kind: 'nested value', text: patched });
  }
  if (at % 5 === 3) {
    const rotated = await client.rotate(at % 2 ? { 'idempotency-key': `rotation-${at}` } : {});
    expect(rotated.status).toBe(200);
    secrets.push({ kind: 'token', text: String(rotated.body.token) });
  }
  return secrets;
}

async function make(count: number): Promise<Secret[]> {
  const numbers = Array.from({ length: count }, (_each, at) => at);
  return (await inParts(numbers, AT_ONCE, makeOne)).flat();
}

const told = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([kind, count]) => `${count} of kind ${kind}`)
    .join(', ') || 'nothing';

describe('a dump of Redis', () => {
  it('holds no token, no data and no device of 1,000 sessions, in no encoding', async () => {
    const secrets = await make(SESSIONS_IN_ALL);
    const text = await dumpText(topology);
    const counts = found(secrets, text);
    console.log(`${secrets.length} secrets, ${text.length} bytes of Redis: ${told(counts)} found`);
    // All of them are there: what cannot be found has not been left out.
    expect(text.match(/"event":"created"/g)?.length).toBeGreaterThanOrEqual(SESSIONS_IN_ALL);
    expect(counts).toEqual({});
  });

  it('is found to show all of it where nothing is sealed', async () => {
    const vault = service.application.nest.get(SessionVault);
    const { seal, sealAnswer } = vault;
    vault.seal = (_place, text) => text;
    vault.sealAnswer = (_tenant, _id, answer) => JSON.stringify(answer);
    // What is in clear opens as nothing: sessions are not read here.
    const numbers = Array.from({ length: 30 }, (_each, at) => 10_000 + at).filter(
      (at) => at % 5 < 2 || at % 5 === 4,
    );
    const secrets = (await inParts(numbers, AT_ONCE, makeOne)).flat();
    Object.assign(vault, { seal, sealAnswer });
    const counts = found(secrets, await dumpText(topology));
    console.log(`without sealing: ${told(counts)} found`);
    const count = (kind: Secret['kind']) => secrets.filter((secret) => secret.kind === kind).length;
    expect(counts).toEqual({
      value: count('value'),
      'nested value': count('nested value'),
      device: count('device'),
      'user’s sid': count('user’s sid'),
      // Those of keyed requests, whose answers are kept.
      token: 6,
    });
  });

  it('is found to show what is written in another form', async () => {
    const redis = topology.connect();
    const token = `fs_${'0'.repeat(34)}_${'aB3-'.repeat(10)}xyz`;
    const secrets: Secret[] = [{ kind: 'token', text: token }];
    const bytes = Buffer.from(`..${token.slice(-43)}..`);
    const raw = Buffer.from(token.slice(-43), 'base64url');
    for (const form of [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url'), raw]) {
      await redis.set('form', form);
      expect(found(secrets, await dumpText(topology)), String(form)).toEqual({ token: 1 });
    }
    await redis.del('form');
    redis.disconnect();
  });
});
