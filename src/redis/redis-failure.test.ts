import { describe, expect, it } from 'vitest';
import { readFailure } from './redis-failure.js';

describe('a cluster client that was sent from node to node too often', () => {
  const endless = (last: string) => new Error(`Too many Cluster redirections. Last error: ${last}`);

  it.each([
    'MOVED 5 127.0.0.1:1',
    'ASK 5 127.0.0.1:1',
    'TRYAGAIN Multiple keys',
    'CLUSTERDOWN The cluster is down',
  ])('had no effect when the last word was %s', (word) => {
    expect(readFailure(endless(`ReplyError: ${word}`))).toEqual({ effect: 'none', passing: true });
  });

  it('may have had one when the last connection broke', () => {
    expect(readFailure(endless('Error: Connection is closed.'))).toEqual({
      effect: 'unknown',
      passing: true,
    });
  });
});
