import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SubmissionsService } from '../../../src/features/leaderboards/leaderboards.submissions.service.js';
import {
  type Payload,
  type PayloadProcessor,
  type ProcessingContext,
} from '../../../src/features/pipeline/payload-processor.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

const PAYLOADS = '/v1/pipeline/payloads';
const LATER = { prefer: 'respond-async' };
const tries = new Map<string, number>();

/** Counts payloads on a board, and fails as the payload says, after it has counted. */
class CountingProcessor implements PayloadProcessor {
  constructor(private readonly submissions: SubmissionsService) {}

  async processPayload(payload: Payload, { callerFor }: ProcessingContext): Promise<Record<string, unknown>> {
    const tried = (tries.get(payload.id) ?? 0) + 1;
    tries.set(payload.id, tried);
    await this.submissions.submit(callerFor('count'), {
      board: 'counted',
      member: payload.id,
      score: 1,
      operator: 'increment',
    });
    if (tried <= Number(payload.failures ?? 0)) throw new Error(`failure ${tried} of the secret 4711`);
    return { tried };
  }
}

// As `Injectable` and the compiler do it for a class in src/; tests are not compiled for decorators.
Injectable()(CountingProcessor);
Reflect.defineMetadata('design:paramtypes', [SubmissionsService], CountingProcessor);

let topology: Topology;
let node: TestService;

beforeAll(async () => {
  topology = await startTopology();
  node = await startService(topology.settings, {
    payloadProcessor: CountingProcessor,
  });
});

afterAll(async () => {
  await node?.stop();
  await topology?.stop();
});

const scoreOf = async (id: string): Promise<unknown> =>
  (await node.admin.get(`/v1/leaderboards/counted/entries/${id}`)).body.score as unknown;

/** All that is told of an error that nobody expected. */
const UNEXPECTED = 'service.internal: Pipeline error in pipeline.payloads.process';

describe('a processor of one’s own', () => {
  it('decides what a payload becomes, and what it does under a step’s caller takes effect once', async () => {
    const failed = await node.admin.post(PAYLOADS, { id: 'retried', failures: 1 });
    expectProblem(failed, 500, 'service.internal');
    expect(failed.body.detail).toBe('Pipeline error in pipeline.payloads.process');
    expect(JSON.stringify(failed.body)).not.toContain('4711');
    expect((await node.admin.get(`${PAYLOADS}/retried`)).body).toEqual({
      id: 'retried',
      status: 'failed',
      reason: UNEXPECTED,
    });
    expect((await node.admin.get('/v1/pipeline')).body).toMatchObject({ processing: 0, failed: 1 });
    const answer = await node.admin.post(PAYLOADS, { id: 'retried', failures: 1 });
    expect([answer.status, answer.body.tried]).toEqual([200, 2]);
    expect((await node.admin.post(PAYLOADS, { id: 'retried', failures: 1 })).body).toEqual(answer.body);
    expect(await scoreOf('retried')).toBe(1);
    expect((await node.admin.get('/v1/pipeline')).body).toMatchObject({ failed: 0, processed: 1 });
  });

  it('that fails on a queued payload gets it again, and its effects take place once', async () => {
    expect((await node.admin.post(PAYLOADS, { id: 'requeued', failures: 2 }, LATER)).status).toBe(202);
    await waitUntil('it is processed', async () => {
      return (await node.admin.get(`${PAYLOADS}/requeued`)).body.status === 'processed';
    });
    expect((await node.admin.get(`${PAYLOADS}/requeued`)).body.result.tried).toBe(3);
    expect(await scoreOf('requeued')).toBe(1);
  });

  it('that fails on a queued payload each time leaves it failed, and as a dead letter that keeps the cause to the log', async () => {
    expect((await node.admin.post(PAYLOADS, { id: 'poison', failures: 99 }, LATER)).status).toBe(202);
    await waitUntil('it is given up', async () => {
      return (await node.admin.get(`${PAYLOADS}/poison`)).body.status === 'failed';
    });
    const reason = UNEXPECTED;
    expect((await node.admin.get(`${PAYLOADS}/poison`)).body.reason).toBe(reason);
    const path = '/v1/streams/pipeline.payloads/groups/workers/dead-letters';
    await waitUntil('it is a dead letter', async () => (await node.admin.get(path)).body.items.length === 1);
    const dead = await node.admin.get(path);
    expect(dead.body.items).toMatchObject([{ data: { id: 'poison' }, key: 'poison', reason, deliveries: 6 }]);
    expect(tries.get('poison')).toBe(5);
    expect(await scoreOf('poison')).toBe(1);
    expect((await node.admin.get('/v1/pipeline')).body).toMatchObject({
      queued: 0,
      processing: 0,
      failed: 1,
    });
  });

  it('gets a payload that was given up again if it is queued or sent once more', async () => {
    tries.set('poison', 99);
    const answer = await node.admin.post(PAYLOADS, { id: 'poison' });
    expect([answer.status, answer.body.status]).toEqual([200, 'processed']);
    expect((await node.admin.get('/v1/pipeline')).body).toMatchObject({ failed: 0 });
  });
});
