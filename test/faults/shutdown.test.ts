import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADMIN_KEY } from '../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { beginService, embeddedUrl, isAlive, pidOfRedis } from './processes.js';

const BOARD = '/v1/leaderboards/scores';
const SLOW_REQUESTS = 10;
const LISTENERS = 2;
const MESSAGES_IN_FLIGHT = 20;
/** After this a service that a failed test left running is killed. */
const STOP_PATIENCE_MS = 15_000;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fulcrum-stop-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function newRedis(): Promise<TestRedis> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  return redis;
}

async function newService(environment: Record<string, string>): Promise<ServiceProcess> {
  const service = await startServiceProcess(environment);
  cleanups.push(async () => {
    const killing = setTimeout(() => service.child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await service.stop();
    clearTimeout(killing);
  });
  return service;
}

interface Sent {
  /** Settles when the service has begun to handle the request. */
  readonly taken: Promise<unknown>;
  /** The status of its answer; undefined if it was cut off. */
  readonly answered: Promise<number | undefined>;
}

/** A submission in two parts, on a connection of its own that is kept open afterwards. */
function submit(url: string, member: string, secondPart: Promise<string> | string): Sent {
  const agent = new Agent({ keepAlive: true });
  cleanups.push(() => agent.destroy());
  const sent = request(`${url}${BOARD}/submissions`, {
    agent,
    method: 'POST',
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      'content-type': 'application/json',
      // Answered as soon as the service has the head of the request.
      expect: '100-continue',
    },
  });
  const answered = new Promise<number | undefined>((resolve) => {
    sent.on('response', (response: IncomingMessage) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    sent.on('error', () => resolve(undefined));
  });
  const taken = once(sent, 'continue');
  void taken.then(async () => {
    sent.write(`{"member": "${member}",`);
    sent.end(await secondPart);
  });
  return { taken, answered };
}

/** Everything that an event stream says until it ends; what it has said so far is in `text`. */
async function listen(service: ServiceProcess): Promise<{ text: string; ended: Promise<void> }> {
  const response = await fetch(`${service.url}${BOARD}/live`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  const stream = { text: '', ended: Promise.resolve() };
  const read = async () => {
    for await (const chunk of response.body ?? []) stream.text += Buffer.from(chunk).toString();
  };
  stream.ended = read().catch(() => undefined);
  await waitUntil('the snapshot is there', () => stream.text.includes('event: snapshot'));
  return stream;
}

interface Stop {
  readonly answers: (number | undefined)[];
  readonly streams: readonly string[];
  readonly exitCode: number | null;
}

/**
 * Stops a service while requests wait for a frozen Redis, one sends its body, and event streams are open. The
 * second signal comes while they wait; then Redis thaws and the body goes on.
 */
async function stopWhileBusy(graceMs: number): Promise<Stop> {
  const redis = await newRedis();
  const service = await newService({
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '30000',
    // One of the requests sends its body as late as the test comes to it.
    CLIENT_TIMEOUT_MS: '600000',
    SHUTDOWN_GRACE_MS: String(graceMs),
  });
  await service.admin.post(`${BOARD}/submissions`, { member: 'one', score: 1 });
  const streams = await Promise.all(Array.from({ length: LISTENERS }, () => listen(service)));
  let goOn = (_: string): void => undefined;
  const rest = new Promise<string>((resolve) => (goOn = resolve));
  process.kill(redis.server.pid, 'SIGSTOP');
  const thaw = () => process.kill(redis.server.pid, 'SIGCONT');
  cleanups.push(thaw);
  const requests = Array.from({ length: SLOW_REQUESTS }, (_, at) =>
    submit(service.url, `member-${at}`, '"score": 1}'),
  );
  requests.push(submit(service.url, 'slow', rest));
  await Promise.all(requests.map(({ taken }) => taken));
  const answers = Promise.all(requests.map(({ answered }) => answered));
  service.child.kill('SIGTERM');
  await waitUntil('the service is stopping', () => service.stdout().includes('service.stopping'));
  await Promise.all(streams.map(({ ended }) => ended));
  const exited = once(service.child, 'exit');
  service.child.kill('SIGTERM');
  service.child.kill('SIGINT');
  if (graceMs === 0) await answers;
  thaw();
  goOn('"score": 1}');
  await exited;
  return {
    answers: await answers,
    streams: streams.map(({ text }) => text),
    exitCode: service.child.exitCode,
  };
}

describe('SIGTERM', () => {
  it('lets requests finish, tells event streams to come back, and exits with 0', async () => {
    const { answers, streams, exitCode } = await stopWhileBusy(60_000);
    const cut = answers.filter((status) => status !== 200).length;
    const untold = streams.filter((text) => !/retry: \d+\nevent: end\n/.test(text)).length;
    console.log(
      `${cut} of ${answers.length} requests in flight cut off, ${untold} of ${streams.length} event streams ` +
        `without an end, exit code ${exitCode}`,
    );
    expect({ cut, untold, exitCode }).toEqual({ cut: 0, untold: 0, exitCode: 0 });
  }, 60_000);

  it('is found to cut requests off without a time to finish', async () => {
    const { answers, exitCode } = await stopWhileBusy(0);
    const cut = answers.filter((status) => status !== 200).length;
    console.log(`without grace: ${cut} of ${answers.length} requests in flight cut off`);
    expect(cut).toBeGreaterThan(0);
    expect(exitCode).toBe(0);
  }, 60_000);

  it('answers every message that reached the service', async () => {
    const redis = await newRedis();
    const service = await newService({ REDIS_URL: redis.url });
    const pattern = 'leaderboards.submissions.create';
    const [listener, sender] = [new Redis(redis.url), new Redis(redis.url)];
    cleanups.push(() => [listener, sender].forEach((client) => client.disconnect()));
    const answered = new Set<string>();
    const failed: unknown[] = [];
    listener.on('message', (_channel, text: string) => {
      const { id, err } = JSON.parse(text) as { id: string; err?: unknown };
      answered.add(id);
      if (err) failed.push(err);
    });
    await listener.subscribe(`${pattern}.reply`);
    const reached: string[] = [];
    let stopping = false;
    const hasRoom = () =>
      reached.length - answered.size < MESSAGES_IN_FLIGHT || service.child.exitCode !== null;
    for (let count = 0; ; count++) {
      await waitUntil('earlier messages are answered', hasRoom, { timeoutMs: 30_000, everyMs: 1 });
      const id = `message-${count}`;
      const data = { board: 'scores', member: id, score: 1 };
      const packet = { pattern, id, data: { auth: ADMIN_KEY, data } };
      const receivers = await sender.publish(pattern, JSON.stringify(packet));
      if (receivers > 0) reached.push(id);
      else if (stopping) break;
      if (count === 200) stopping = service.child.kill('SIGTERM');
    }
    await waitUntil('the service has ended', () => service.child.exitCode !== null);
    await listener.ping();
    const unanswered = reached.filter((id) => !answered.has(id));
    console.log(`${unanswered.length} of ${reached.length} messages without an answer across a SIGTERM`);
    expect({ unanswered, failed, exitCode: service.child.exitCode }).toEqual({
      unanswered: [],
      failed: [],
      exitCode: 0,
    });
  }, 60_000);

  it('does not wait for clients that keep their connections open', async () => {
    const service = await newService({
      DATA_DIR: await newFolder(),
      SHUTDOWN_GRACE_MS: '600000',
      CLIENT_TIMEOUT_MS: '600000',
    });
    let goOn = (_: string): void => undefined;
    const rest = new Promise<string>((resolve) => (goOn = resolve));
    const { taken, answered } = submit(service.url, 'slow', rest);
    await taken;
    service.child.kill('SIGTERM');
    await waitUntil('the service is stopping', () => service.stdout().includes('service.stopping'));
    goOn('"score": 1}');
    expect(await answered).toBe(200);
    await waitUntil('the service has ended', () => service.child.exitCode !== null, { timeoutMs: 20_000 });
    expect(service.child.exitCode).toBe(0);
  }, 60_000);

  it('ends a service whose Redis is gone', async () => {
    const redis = await newRedis();
    const service = await newService({ REDIS_URL: redis.url, SHUTDOWN_GRACE_MS: '1000' });
    await redis.server.stop();
    await waitUntil(
      'the loss is noticed',
      async () => (await service.admin.get('/health/ready')).status === 503,
    );
    expect(await service.stop()).toBe(0);
  }, 60_000);
});

describe('a service with a data folder', () => {
  it('leaves no server behind when it is stopped, and has the board when it starts again', async () => {
    const folder = await newFolder();
    const first = await newService({ DATA_DIR: folder });
    const pid = (await pidOfRedis(await embeddedUrl(folder))) ?? 0;
    expect(isAlive(pid)).toBe(true);
    await first.admin.post(`${BOARD}/submissions`, { member: 'one', score: 11 });
    expect(await first.stop()).toBe(0);
    expect(isAlive(pid)).toBe(false);

    const second = await newService({ DATA_DIR: folder });
    expect((await second.admin.get(`${BOARD}/entries/one`)).body).toMatchObject({ score: 11, rank: 1 });
    expect(await second.stop()).toBe(0);
  }, 60_000);

  it('starts again after it was killed, with the board, and ends the server that was left behind', async () => {
    const folder = await newFolder();
    const first = await newService({ DATA_DIR: folder });
    const pid = (await pidOfRedis(await embeddedUrl(folder))) ?? 0;
    await first.admin.post(`${BOARD}/submissions`, { member: 'one', score: 11 });
    await first.stop('SIGKILL');
    expect(isAlive(pid)).toBe(true);

    const second = await newService({ DATA_DIR: folder });
    expect((await second.admin.get(`${BOARD}/entries/one`)).body).toMatchObject({ score: 11, rank: 1 });
    await waitUntil('the server that was left behind is gone', () => !isAlive(pid));
    expect(await second.stop()).toBe(0);
  }, 60_000);

  it('does not meet one with another folder', async () => {
    const [one, two] = await Promise.all(
      [await newFolder(), await newFolder()].map((folder) => newService({ DATA_DIR: folder })),
    );
    await one?.admin.post(`${BOARD}/submissions`, { member: 'one', score: 11 });
    expect((await one?.admin.get(BOARD))?.status).toBe(200);
    expect((await two?.admin.get(BOARD))?.status).toBe(404);
    expect([await one?.stop(), await two?.stop()]).toEqual([0, 0]);
  }, 60_000);

  it('keeps a second service out of its folder', async () => {
    const folder = await newFolder();
    const first = await newService({ DATA_DIR: folder });
    const second = beginService({ DATA_DIR: folder });
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toContain('is in use by another Fulcrum');
    const answer = await first.admin.post(`${BOARD}/submissions`, { member: 'one', score: 11 });
    expect(answer.status).toBe(200);
    expect(await first.stop()).toBe(0);
  }, 60_000);
});
