import { describe, expect, it } from 'vitest';
import { headWithoutUpgrade } from './give-back.js';

const head = (...rawHeaders: string[]) =>
  headWithoutUpgrade({ method: 'POST', url: '/a%20b?c', httpVersion: '1.1', rawHeaders }).toString('latin1');

describe('the head of a request that is given back', () => {
  it('is as it came, without what asks for another protocol', () => {
    const connection = ['Connection', 'Upgrade, HTTP2-Settings'];
    expect(
      head(
        'Host',
        'x',
        ...connection,
        'UPGRADE',
        'h2c',
        'Http2-Settings',
        'AAMA',
        'X-Twice',
        'a',
        'X-Twice',
        'b',
      ),
    ).toBe('POST /a%20b?c HTTP/1.1\r\nHost: x\r\nX-Twice: a\r\nX-Twice: b\r\n\r\n');
  });

  it('keeps what else Connection says', () => {
    expect(head('connection', 'keep-alive , upgrade')).toContain('\r\nconnection: keep-alive\r\n');
    expect(head('Connection', 'close', 'Connection', 'Upgrade')).toBe(
      'POST /a%20b?c HTTP/1.1\r\nConnection: close\r\n\r\n',
    );
  });

  it('has the bytes of its fields, whatever they are', () => {
    expect(head('X-Name', 'caf\u00e9 \u00ff')).toContain('X-Name: caf\u00e9 \u00ff\r\n');
  });
});
