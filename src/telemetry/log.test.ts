import { symbols } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrameworkLog } from './framework-log.js';
import { describeError, log, setLogLevel } from './log.js';

let lines: Record<string, unknown>[];
let before: unknown;

beforeEach(() => {
  lines = [];
  before = Reflect.get(log, symbols.streamSym);
  Reflect.set(log, symbols.streamSym, {
    write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  setLogLevel('debug');
});

afterEach(() => {
  setLogLevel('silent');
  Reflect.set(log, symbols.streamSym, before);
});

describe('describeError', () => {
  it('leaves out what is hung on an error: ioredis puts a command’s arguments there', () => {
    const error = Object.assign(new Error('ERR wrong', { cause: new TypeError('deeper') }), {
      command: { name: 'set', args: ['key', 'secret'] },
    });
    const described = describeError(error);
    expect(described).toMatchObject({
      type: 'Error',
      message: 'ERR wrong',
      cause: { type: 'TypeError', message: 'deeper' },
    });
    expect(Object.keys(described).sort()).toEqual(['cause', 'message', 'stack', 'type']);
    expect(JSON.stringify(described)).not.toContain('secret');
  });

  it('of what is no error tells the type alone', () => {
    expect(describeError('secret')).toEqual({ type: 'string' });
    expect(describeError({ token: 'secret' })).toEqual({ type: 'object' });
    expect(describeError(undefined)).toEqual({ type: 'undefined' });
  });

  it('is how a line shows `err`', () => {
    log.error({ event: 'test', err: Object.assign(new Error('bad'), { token: 'secret' }) }, 'message');
    expect(lines[0]).toMatchObject({
      level: 'error',
      event: 'test',
      msg: 'message',
      err: { message: 'bad' },
    });
    expect(lines[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});

describe('what Nest itself logs', () => {
  it('is at debug what is chatter, and at its own level what is not', () => {
    const framework = new FrameworkLog();
    framework.log('Mapped {/v1, GET} route', 'RouterExplorer');
    framework.warn('careful', 'Somewhere');
    framework.error(Object.assign(new Error('broken'), { token: 'secret' }));
    framework.error('text');
    expect(lines.map(({ level, event }) => [level, event])).toEqual([
      ['debug', 'framework'],
      ['warn', 'framework'],
      ['error', 'framework'],
      ['error', 'framework'],
    ]);
    expect(lines[0]).toMatchObject({ context: 'RouterExplorer', msg: 'Mapped {/v1, GET} route' });
    expect(lines[2]).toMatchObject({ err: { message: 'broken' } });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});
