import { expect } from 'vitest';
import type { Answer } from './api-client.js';

/** Checks that `answer` is a complete problem document with this status, and with this code if one is given. */
export function expectProblem(answer: Answer, status: number, code?: string): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    type: expect.stringMatching(status === 429 ? /#quota-exceeded$/ : /^urn:/),
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
    instance: expect.stringMatching(/./),
    code: expect.stringMatching(/^[a-z-]+\.[a-z-]+$/),
    requestId: answer.headers.get('x-request-id'),
  });
  if (code !== undefined) expect(answer.body.code).toBe(code);
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:|\.js:|\.lua|ERR |WRONGTYPE/);
}
