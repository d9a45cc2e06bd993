import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { redisErrors, requestErrors } from '../../errors/core.errors.js';
import { declaredErrors, defineErrors } from '../../errors/define-errors.js';
import { ERROR_KINDS } from '../../errors/error-kind.js';
import { ProductionServiceError } from '../../errors/production-service-error.js';
import { setLogLevel } from '../../telemetry/log.js';
import { asAppError } from './as-app-error.js';
import { problemOf } from './problem.js';
import { problemTable } from './problem-table.js';

setLogLevel('silent');

describe('a problem document', () => {
  it('has the members of RFC 9457, the code and the request’s id, and no more', () => {
    const error = new AppError(requestErrors['route-not-found'], 'There is no such route.');
    expect(problemOf(error, 'r1', '/v1/x')).toEqual({
      type: 'urn:fulcrum:problem:request.route-not-found',
      title: 'There is no such route',
      status: 404,
      detail: 'There is no such route.',
      instance: '/v1/x',
      code: 'request.route-not-found',
      requestId: 'r1',
    });
  });

  it('has fields, waiting time and extensions where there are some', () => {
    const error = new AppError(requestErrors.invalid, 'Bad.', {
      errors: [{ pointer: '/a', detail: 'is bad' }],
      retryAfterMs: 1500,
      extensions: { permission: 'a:read' },
    });
    expect(problemOf(error, 'r1', '/')).toMatchObject({
      errors: [{ pointer: '/a', detail: 'is bad' }],
      retryAfterMs: 1500,
      permission: 'a:read',
    });
  });

  it('says whether to try again exactly where something is unavailable', () => {
    const retryableOf = (retryable?: boolean) =>
      problemOf(new AppError(redisErrors.unavailable, 'Away.', { retryable }), 'r', '/').retryable;
    expect([retryableOf(true), retryableOf(false), retryableOf()]).toEqual([true, false, false]);
    expect(problemOf(new AppError(requestErrors.invalid, 'Bad.'), 'r', '/')).not.toHaveProperty('retryable');
  });

  it('never shows a cause', () => {
    const error = new ProductionServiceError('work.run', new Error('the secret inside'));
    expect(JSON.stringify(problemOf(error, 'r', '/'))).not.toContain('secret');
  });
});

describe('kinds of errors', () => {
  it('have the statuses of the contract', () => {
    const statuses = Object.fromEntries(ERROR_KINDS.map((kind) => [kind, problemTable[kind].status]));
    expect(statuses).toEqual({
      malformed: 400,
      invalid: 422,
      unauthenticated: 401,
      forbidden: 403,
      'not-found': 404,
      'method-not-allowed': 405,
      conflict: 409,
      stale: 412,
      'too-large': 413,
      'unsupported-media-type': 415,
      'url-too-long': 414,
      'headers-too-large': 431,
      'too-slow': 408,
      'upgrade-required': 426,
      locked: 423,
      'rate-limited': 429,
      unavailable: 503,
      timeout: 504,
      internal: 500,
    });
  });

  it('are declared once per code, in alphabetical order', () => {
    expect(() => defineErrors('request', { invalid: ['invalid', 'again'] })).toThrow('declared twice');
    const codes = declaredErrors().map(({ code }) => code);
    expect(codes).toContain('redis.unavailable');
    expect(codes).toEqual([...codes].sort());
  });
});

describe('whatever is thrown', () => {
  it('is left alone if it is an AppError', () => {
    const error = new AppError(requestErrors.invalid, 'Bad.');
    expect(asAppError(error, 'work', 'r1')).toBe(error);
  });

  it.each<[string, unknown, string]>([
    [
      'what Fastify refuses for its size',
      Object.assign(new Error('x'), { code: 'FST_ERR_CTP_BODY_TOO_LARGE' }),
      'request.body-too-large',
    ],
    [
      'an unsupported media type',
      Object.assign(new Error('x'), { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' }),
      'request.unsupported-media-type',
    ],
    ['an error with a status', Object.assign(new Error('x'), { statusCode: 413 }), 'request.body-too-large'],
    [
      'a client that left in the middle of its body',
      Object.assign(new Error('aborted'), { code: 'ECONNRESET', statusCode: 400 }),
      'request.malformed',
    ],
    ['an HTTP exception', new BadRequestException('inner detail'), 'request.malformed'],
    ['another one', new NotFoundException('inner detail'), 'request.route-not-found'],
    ['one that no table knows', new HttpException('inner detail', 418), 'service.internal'],
    ['a lost connection', new Error('Connection is closed.'), 'redis.outcome-unknown'],
    [
      'a refused connection',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      'redis.outcome-unknown',
    ],
    [
      'a server that is loading',
      new Error('LOADING Redis is loading the dataset in memory'),
      'redis.unavailable',
    ],
    ['a full server', new Error('OOM command not allowed'), 'redis.unavailable'],
    ['a bug', new TypeError('inner detail'), 'service.internal'],
    ['text', 'inner detail', 'service.internal'],
    ['nothing', undefined, 'service.internal'],
    ['an object', { code: 'inner detail' }, 'service.internal'],
  ])('is told as what it is: %s', (_what, thrown, code) => {
    const error = asAppError(thrown, 'work', 'r1');
    expect(error.code).toBe(code);
    expect(JSON.stringify(problemOf(error, 'r1', '/'))).not.toContain('inner detail');
    if (code === 'service.internal') expect(error).toBeInstanceOf(ProductionServiceError);
  });
});
