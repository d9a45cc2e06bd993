import { symbols } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { redisErrors, requestErrors } from '../errors/core.errors.js';
import { ProductionServiceError } from '../errors/production-service-error.js';
import { limitSuccesses, log, setLogLevel } from './log.js';
import { operationSeconds } from './metrics.js';
import { type Describable, Operation } from './operation.js';

const caller: Describable = {
  describe: () => ({ requestId: 'r1', tenant: 'acme', actor: 'k1' }),
};

class Work {
  async run(_caller: Describable, _input: object, outcome: () => string): Promise<string> {
    return Promise.resolve(outcome());
  }
}

let lines: Record<string, unknown>[];
let work: Work;
let before: unknown;

beforeEach(() => {
  lines = [];
  before = Reflect.get(log, symbols.streamSym);
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  Reflect.set(log, symbols.streamSym, { write });
  setLogLevel('trace');
  const observed = Object.create(Work.prototype) as Work;
  const method = { value: Work.prototype.run, writable: true };
  Operation('test.work.run', { show: ['board', 'limit', 'document'] })(observed, 'run', method);
  observed.run = method.value;
  work = observed;
});

afterEach(() => {
  limitSuccesses(Infinity, 0);
  setLogLevel('silent');
  Reflect.set(log, symbols.streamSym, before);
});

async function countOf(outcome: string): Promise<number> {
  const { values } = await operationSeconds.get();
  const count = values.find(
    ({ metricName, labels }) =>
      metricName?.endsWith('_count') && labels.operation === 'test.work.run' && labels.outcome === outcome,
  );
  return count?.value ?? 0;
}

const input = { board: 'shown', limit: 5, member: 'a secret', document: { a: 'secret' }, absent: undefined };

describe('a named operation', () => {
  it('logs its start with parameters of which only the named ones are shown, and never an object', async () => {
    await work.run(caller, input, () => 'the result');
    expect(lines[0]).toMatchObject({
      level: 'debug',
      event: 'operation.start',
      operation: 'test.work.run',
      requestId: 'r1',
      tenant: 'acme',
      actor: 'k1',
      parameters: { board: 'shown', limit: 5, member: '[redacted]', document: '[redacted]' },
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('logs its success with the latency, returns the result and logs nothing of it', async () => {
    const earlier = await countOf('success');
    expect(await work.run(caller, input, () => 'the result')).toBe('the result');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ level: 'info', event: 'operation.success', requestId: 'r1' });
    expect(lines[1]?.durationMs).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(lines)).not.toContain('the result');
    expect(await countOf('success')).toBe(earlier + 1);
  });

  it('lets an expected error pass as it is, and logs its code without a stack', async () => {
    const expected = new AppError(requestErrors.invalid, 'the member "a secret" is invalid');
    const failed = work.run(caller, input, () => {
      throw expected;
    });
    await expect(failed).rejects.toBe(expected);
    expect(lines[1]).toMatchObject({ level: 'info', event: 'operation.failure', code: 'request.invalid' });
    expect(lines[1]?.durationMs).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(lines)).not.toMatch(/secret|operation\.test\.ts/);
  });

  it('warns of what it needs and cannot reach, with the cause', async () => {
    const cause = new Error('Connection is closed.');
    const failed = work.run(caller, input, () => {
      throw new AppError(redisErrors.unavailable, 'Redis cannot be reached.', { cause });
    });
    await expect(failed).rejects.toMatchObject({ code: 'redis.unavailable' });
    expect(lines[1]).toMatchObject({ level: 'warn', err: { cause: { message: 'Connection is closed.' } } });
  });

  it('turns an unexpected error into ProductionServiceError, with the cause logged and kept', async () => {
    const earlier = await countOf('service.internal');
    const cause = new TypeError('undefined is not a board');
    const failed: unknown = await work
      .run(caller, input, () => {
        throw cause;
      })
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ProductionServiceError);
    expect(failed).toMatchObject({
      name: 'ProductionServiceError',
      operation: 'test.work.run',
      detail: 'Pipeline error in test.work.run',
      cause,
    });
    expect(lines[1]).toMatchObject({
      level: 'error',
      event: 'operation.failure',
      code: 'service.internal',
      parameters: { board: 'shown', member: '[redacted]' },
      err: {
        type: 'ProductionServiceError',
        cause: { type: 'TypeError', message: 'undefined is not a board', stack: expect.any(String) },
      },
    });
    expect(await countOf('service.internal')).toBe(earlier + 1);
  });

  it('does so with whatever is thrown, and with what is thrown at once', async () => {
    for (const thrown of ['text', undefined, null, 7]) {
      const failed = work.run(caller, input, () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- libraries do
        throw thrown;
      });
      await expect(failed).rejects.toBeInstanceOf(ProductionServiceError);
    }
  });

  it('wraps once: what an inner operation made of an error, the outer one lets pass', async () => {
    const inner = new ProductionServiceError('inner', new Error('cause'));
    const failed = work.run(caller, input, () => {
      throw inner;
    });
    await expect(failed).rejects.toBe(inner);
  });

  it('is not logged as slow if it waits because it is asked to', async () => {
    setLogLevel('info');
    limitSuccesses(0, 0);
    await work.run(caller, input, () => 'done');
    expect(lines).toMatchObject([{ event: 'operation.success' }]);
    const waiting = Object.create(Work.prototype) as Work;
    const method = { value: Work.prototype.run, writable: true };
    Operation('test.work.wait', { mayWait: true })(waiting, 'run', method);
    limitSuccesses(0, 1e-6);
    lines.length = 0;
    await method.value.call(waiting, caller, input, () => 'done');
    expect(lines).toEqual([]);
  });

  it('logs no start and no success where the level says so, and measures all the same', async () => {
    setLogLevel('warn');
    const earlier = await countOf('success');
    await work.run(caller, input, () => 'done');
    expect(lines).toEqual([]);
    expect(await countOf('success')).toBe(earlier + 1);
  });
});
