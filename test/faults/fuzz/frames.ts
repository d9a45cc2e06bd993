import fc, { type Arbitrary } from 'fast-check';
import type { OpenApi } from '../../drift/openapi-document.js';
import { garbage, nearlyValid } from './json-faults.js';
import { SchemaValues } from './schema-values.js';
import type { Words } from './words.js';

/** A message of a WebSocket as it is sent. */
export interface FuzzFrame {
  /** `valid`: as docs/live.md has it. */
  readonly kind: 'valid' | 'faulty';
  readonly data: string | Buffer;
  /** Whether it is sent as a text, which bytes need not be. */
  readonly isText: boolean;
}

/** Makes frames: half of them valid, so that what is behind the door is reached. */
export function anyFrame(document: OpenApi, words: Words): Arbitrary<FuzzFrame> {
  const valid = validFrame(document, words);
  const text = valid.map((value) => JSON.stringify(value));
  return fc.oneof(
    { arbitrary: text.map((data) => ({ kind: 'valid' as const, data, isText: true })), weight: 10 },
    {
      arbitrary: nearlyValid(valid, { upTo1MiB: true }).map((data) => ({
        kind: 'faulty' as const,
        data,
        isText: true,
      })),
      weight: 8,
    },
    {
      arbitrary: fc
        .tuple(garbage(text), fc.integer({ min: 0, max: 3 }))
        .map(([data, chance]) => ({ kind: 'faulty' as const, data, isText: chance > 0 })),
      weight: 1,
    },
  );
}

function validFrame(document: OpenApi, words: Words): Arbitrary<object> {
  const channel = words.forField('channel', fc.constant('elsewhere'));
  const pattern = words.forField('pattern', fc.constant('else*'));
  const ref = fc.oneof(fc.constantFrom('', 'é'.repeat(128), '__proto__'), fc.maxSafeInteger());
  const body = new SchemaValues(document, words).of({ $ref: '#/components/schemas/MessageBody' });
  const key = fc.oneof(fc.constantFrom('k', 'x'.repeat(255), '{}'), fc.uuid());
  const record = (type: string, fields: Record<string, Arbitrary<unknown>>, required: readonly string[]) => {
    const model: Record<string, Arbitrary<unknown>> = { ...fields, ref };
    return fc
      .record(model, { requiredKeys: [...required], noNullPrototype: true })
      .map((members): object => ({ type, ...members }));
  };
  const message = record('publish', { channel, key }, ['channel']);
  return fc.oneof(
    record('subscribe', { channel, since: words.message() }, ['channel']),
    record('subscribe', { pattern }, ['pattern']),
    record('unsubscribe', { channel }, ['channel']),
    record('unsubscribe', { pattern }, ['pattern']),
    fc.tuple(message, body).map(([frame, content]) => ({ ...(content as object), ...frame })),
    record('ping', {}, []),
  );
}

/** Bytes that follow a handshake: frames that break the protocol in one way or another, and what is no frame at all. */
export function rawBytes(): Arbitrary<readonly Buffer[]> {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('{"type":"ping"}', '{"type":"subscribe","channel":"news"}', '')
      .map((text) => Buffer.from(text)),
    fc.constantFrom(...CLOSES),
  );
  const frame = fc
    .record({
      isLast: fc.boolean(),
      reserved: fc.constantFrom(0, 0, 0, 0x10, 0x40, 0x70),
      opcode: fc.constantFrom(1, 1, 1, 0, 2, 8, 9, 10, 3, 7, 11, 15),
      isMasked: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
      length: fc.constantFrom('right', 'right', 'right', 'long form', 'more', 'less', 'huge', 'negative'),
      payload,
    })
    .map(frameOf);
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((each) => Buffer.from(each));
  const text = fc
    .constantFrom('GET /v1/me HTTP/1.1\r\n\r\n', '\r\n\r\n', '0\r\n\r\n', '\0'.repeat(1000))
    .map((each) => Buffer.from(each));
  return fc.array(
    fc.oneof(
      { arbitrary: frame, weight: 6 },
      { arbitrary: bytes, weight: 2 },
      { arbitrary: text, weight: 1 },
    ),
    { minLength: 1, maxLength: 6 },
  );
}

/** What the frame that closes may say, and what it may not. */
const CLOSES = [[], [3], [3, 232], [0, 0], [3, 237], [255, 255], [3, 232, 0xff, 0xfe], [3, 244, 0x61]].map(
  (bytes) => Buffer.from(bytes),
);

interface FrameParts {
  readonly isLast: boolean;
  readonly reserved: number;
  readonly opcode: number;
  readonly isMasked: boolean;
  readonly length: string;
  readonly payload: Buffer;
}

function frameOf({ isLast, reserved, opcode, isMasked, length, payload }: FrameParts): Buffer {
  const head = Buffer.from([(isLast ? 0x80 : 0) | reserved | opcode]);
  const mask = isMasked ? Buffer.from([1, 2, 3, 4]) : Buffer.alloc(0);
  const masked = isMasked ? payload.map((byte, at) => byte ^ ((at % 4) + 1)) : payload;
  return Buffer.concat([head, lengthOf(length, payload.length, isMasked ? 0x80 : 0), mask, masked]);
}

function lengthOf(kind: string, actual: number, masked: number): Buffer {
  const long = (value: bigint) => {
    const bytes = Buffer.alloc(9, masked | 127);
    bytes.writeBigUInt64BE(value, 1);
    return bytes;
  };
  const said = kind === 'more' ? actual + 7 : kind === 'less' ? Math.max(0, actual - 1) : actual;
  if (kind === 'huge') return long(2n ** 53n);
  if (kind === 'negative') return long(2n ** 64n - 1n);
  if (kind === 'long form') return long(BigInt(actual));
  if (said < 126) return Buffer.from([masked | said]);
  return Buffer.from([masked | 126, said >> 8, said & 0xff]);
}
