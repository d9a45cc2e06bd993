import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../../src/app.module.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { createHttpAdapter } from '../../../src/transport/http/http-adapter.js';
import { ServiceSecret } from '../../../src/transport/pagination/service-secret.js';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

const MESSAGES = 1000;
const AT_ONCE = 50;

let topology: Topology;
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages.close();
  await topology.stop();
});

interface Count {
  /** The sum of all the +1 that were executed. */
  readonly executed: number;
  /** The sums that the answers show; each from 1 to `MESSAGES` once if each message was executed once. */
  readonly answered: readonly number[];
}

/** Sends the messages through Nest's own client, each an increment of one member by one. */
async function increments(board: string): Promise<Count> {
  const answered: number[] = [];
  let sent = 0;
  const sender = async () => {
    while (sent < MESSAGES) {
      sent++;
      const data = { board, member: 'm', score: 1, operator: 'increment' };
      const { score } = (await messages.send('leaderboards.submissions.create', data)) as { score: number };
      answered.push(score);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  const { score } = (await messages.send('leaderboards.entries.get', { board, member: 'm' })) as {
    score: number;
  };
  return { executed: score, answered: answered.sort((a, b) => a - b) };
}

function checkOnce({ executed, answered }: Count): void {
  expect(executed).toBe(MESSAGES);
  expect(answered).toEqual(Array.from({ length: MESSAGES }, (_none, at) => at + 1));
}

describe('two replicas', () => {
  it(`execute each of ${MESSAGES} requests exactly once between them`, async () => {
    const replicas: TestService[] = [];
    for (let at = 0; at < 2; at++) replicas.push(await startService(topology.settings));
    try {
      const count = await increments('single');
      console.log(
        `${count.executed} executions and ${count.answered.length} answers of ${MESSAGES} requests to 2 replicas (${topology.kind})`,
      );
      checkOnce(count);
    } finally {
      for (const replica of replicas) await replica.stop();
    }
  }, 60_000);

  it('on Nest’s stock server execute them more often, and fail the same check', async () => {
    const replicas = [await startStockReplica(), await startStockReplica()];
    try {
      const count = await increments('stock');
      console.log(
        `stock server: ${count.executed} executions of ${MESSAGES} requests to 2 replicas (${topology.kind})`,
      );
      expect(() => checkOnce(count)).toThrow();
      expect(count.executed).toBeGreaterThan(MESSAGES);
    } finally {
      for (const replica of replicas) await replica.close();
    }
  }, 60_000);
});

/** The same application on the server that Nest itself has for the Redis transport. */
async function startStockReplica(): Promise<NestFastifyApplication> {
  const settings = loadSettings({ ...topology.settings, LOG_LEVEL: 'silent' });
  const nest = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(settings),
    createHttpAdapter(),
    { logger: false, bodyParser: false },
  );
  await nest.get(ServiceSecret).load();
  const { hostname, port, username, password } = new URL(topology.serviceUrl);
  nest.connectMicroservice(
    { transport: Transport.REDIS, options: { host: hostname, port: Number(port), username, password } },
    { inheritAppConfig: true },
  );
  await nest.init();
  await nest.startAllMicroservices();
  return nest;
}
