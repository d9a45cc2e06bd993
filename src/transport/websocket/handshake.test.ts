import { describe, expect, it } from 'vitest';
import { checkOrigin } from './handshake.js';

const check = (origin: string | undefined, host: string) => () =>
  checkOrigin({ headers: { origin }, host }, ['https://app.example.com']);

describe('the origin of a page that opens a WebSocket', () => {
  it.each([
    [undefined, 'api.example.com'],
    ['https://app.example.com', 'api.example.com'],
    ['https://api.example.com', 'api.example.com'],
    ['https://api.example.com', 'API.example.com:443'],
    ['http://api.example.com:80', 'api.example.com'],
    ['http://localhost:3000', 'localhost:3000'],
    ['http://[::1]:3000', '[::1]:3000'],
  ])('may be %s at %s', (origin, host) => {
    expect(check(origin, host)).not.toThrow();
  });

  it.each([
    ['https://evil.example', 'api.example.com'],
    ['https://app.example.com:8443', 'api.example.com'],
    ['http://app.example.com', 'api.example.com'],
    ['https://api.example.com.evil.example', 'api.example.com'],
    ['https://api.example.com:8443', 'api.example.com'],
    ['http://api.example.com', 'api.example.com:443'],
    ['null', 'null'],
    ['null', 'api.example.com'],
    ['', ''],
    ['api.example.com', 'api.example.com'],
    ['file://', ''],
    ['https://', ''],
  ])('may not be %s at %s', (origin, host) => {
    expect(check(origin, host)).toThrow('access.origin-not-allowed');
  });
});
