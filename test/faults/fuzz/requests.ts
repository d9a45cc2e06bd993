import { createHash } from 'node:crypto';
import fc, { type Arbitrary } from 'fast-check';
import { type Located, type OpenApi, type Parameter, resolve } from '../../drift/openapi-document.js';
import type { FuzzRequest, RequestPart, Tokens } from './fuzz-request.js';
import { garbage, nearlyValid } from './json-faults.js';
import { SchemaValues } from './schema-values.js';
import { faultyTarget, otherMethod, strangeHeader } from './strange-requests.js';
import type { Words } from './words.js';

/** Operations that are tried less often: they read all that is there, reset a metric, or take state away. */
const RARE = new Set([
  'GET /metrics',
  'GET /health/live',
  'GET /health/ready',
  'DELETE /v1/leaderboards/:board',
  'DELETE /v1/api-keys/:id',
  'POST /v1/leaderboards/:board/seasons',
  'DELETE /v1/streams/:stream',
  'DELETE /v1/streams/:stream/groups/:group',
  'DELETE /v1/users/:userId/sessions',
  'DELETE /v1/sessions/current',
  'DELETE /v1/sessions/:sessionId',
]);

/** What is seldom made again, without which others never succeed. */
const RAREST = new Set(['DELETE /v1/rate-limits/:policy', 'DELETE /v1/jobs/:id']);

const weightOf = (address: string): number => {
  if (RAREST.has(address)) return 1;
  return RARE.has(address) ? 2 : 8;
};

export const SESSION_TOKEN = 'Session-Token';

const CREDENTIALS = [
  '',
  'Bearer',
  'Bearer ',
  'Basic YTpi',
  'Bearer fk_admin_wrong',
  'Bearer fk__',
  'Bearer a.b.c',
  'Bearer  x y',
  'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.',
  `Bearer ${'x'.repeat(7000)}`,
  'Bearer \xff\xfe',
  'fk_admin',
];

/** Makes requests to the operations of a document: half of them valid, so that what is behind the door is reached. */
export class Requests {
  private readonly values: SchemaValues;

  constructor(
    private readonly document: OpenApi,
    private readonly words: Words,
    private readonly tokens: Tokens,
  ) {
    this.values = new SchemaValues(document, words);
  }

  toAny(operations: readonly Located[]): Arbitrary<FuzzRequest> {
    return fc.oneof(
      ...operations.map((each) => ({ arbitrary: this.to(each), weight: weightOf(each.address) })),
    );
  }

  private to(located: Located): Arbitrary<FuzzRequest> {
    const { address, operation } = located;
    const valid = this.valid(located);
    const keyed = operation.parameters.some((each) => '$ref' in each && each.$ref.endsWith('IdempotencyKey'));
    const part = fc.oneof(
      { arbitrary: valid, weight: 10 },
      { arbitrary: valid.chain(strangeHeader), weight: 2 },
      { arbitrary: valid.chain((each) => this.strangeCredential(each)), weight: 2 },
      { arbitrary: valid.chain(faultyTarget), weight: 3 },
      { arbitrary: valid.chain(otherMethod), weight: 1 },
      { arbitrary: this.faultyBody(located, valid), weight: operation.requestBody ? 8 : 1 },
    );
    return fc.tuple(part, fc.integer({ min: 0, max: 19 })).map(([each, chance]) => ({
      ...each,
      headers:
        keyed && chance < 5 ? { 'idempotency-key': keyFor(each, chance), ...each.headers } : each.headers,
      address,
      twice: chance === 0,
    }));
  }

  private valid({ address, path, operation }: Located): Arbitrary<RequestPart> {
    const [method = ''] = address.split(' ');
    const parameters = operation.parameters.map((each) => resolve(this.document, each));
    const inPath = this.valuesOf(parameters.filter((each) => each.in === 'path'));
    const inQuery = parameters.filter((each) => each.in === 'query');
    const query =
      address === 'GET /v1/events'
        ? this.followed(inQuery)
        : fc
            .tuple(fc.subarray(inQuery, { minLength: 0 }), fc.nat(2))
            .chain(([some, chance]) => (chance === 0 ? this.valuesOf(some) : fc.constant({})));
    const isOnSession = parameters.some(({ name }) => name === SESSION_TOKEN);
    const session = isOnSession ? this.words.sessionToken() : fc.constant(undefined);
    const parts = fc.tuple(inPath, query, this.body(operation), fc.boolean(), session);
    return parts.map(([any, fields, body, isThere, token]) => {
      // Few of all entries are in a stream, few of all locks are held still, and few of all permits are of a semaphore.
      const names: Record<string, unknown> = { ...any };
      if (isThere && 'stream' in any && 'id' in any) names.id = this.words.entryIn(String(any.stream));
      if (isThere && 'lockId' in any) names.lockId = this.words.aLock();
      if (isThere && 'permitId' in any) Object.assign(names, this.words.aPermit());
      const filled = path.replaceAll(/\{([^}]+)\}/g, (_all, name: string) =>
        encodeURIComponent(String(names[name])),
      );
      const search = new URLSearchParams(
        Object.entries(fields).flatMap(([name, value]) =>
          [value].flat().map((each): [string, string] => [name, String(each)]),
        ),
      ).toString();
      const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
      return {
        kind: 'valid' as const,
        method,
        target: search === '' ? filled : `${filled}?${search}`,
        headers: {
          authorization: `Bearer ${this.tokens.admin}`,
          ...type,
          ...(token === undefined ? {} : { [SESSION_TOKEN]: token }),
        },
        body,
      };
    });
  }

  /** Channels, patterns or both: of one channel alone since a message, and otherwise since a place in all. */
  private followed(inQuery: readonly Parameter[]): Arbitrary<Record<string, unknown>> {
    const named = this.valuesOf(inQuery.filter(({ name }) => name !== 'since')) as Arbitrary<
      Record<'channel' | 'pattern', string[]>
    >;
    const some = named.filter(({ channel, pattern }) => channel.length + pattern.length > 0);
    return some.chain((names) => {
      const isOne = new Set(names.channel).size === 1 && names.pattern.length === 0;
      const since = isOne ? fc.oneof(this.words.message(), this.words.place()) : this.words.place();
      return fc.option(since).map((place) => (place === null ? names : { ...names, since: place }));
    });
  }

  private valuesOf(parameters: readonly Parameter[]): Arbitrary<Record<string, unknown>> {
    return fc.record(
      Object.fromEntries(parameters.map(({ name, schema }) => [name, this.values.of(schema, name)])),
    );
  }

  private body({ requestBody }: Located['operation']): Arbitrary<string | undefined> {
    const schema = requestBody?.content['application/json']?.schema;
    if (schema === undefined) return fc.constant(undefined);
    const text = this.values.of(schema).map((value) => JSON.stringify(value));
    return requestBody?.required ? text : fc.option(text, { nil: undefined, freq: 4 });
  }

  private faultyBody({ operation }: Located, valid: Arbitrary<RequestPart>): Arbitrary<RequestPart> {
    const schema = operation.requestBody?.content['application/json']?.schema;
    const value = schema ? this.values.of(schema) : fc.constant({});
    const body = fc.oneof(
      { arbitrary: nearlyValid(value, { upTo1MiB: true }), weight: 5 },
      { arbitrary: garbage(value.map((each) => JSON.stringify(each))), weight: 1 },
    );
    return fc.tuple(valid, body).map(([part, text]) => ({
      ...part,
      kind: 'faulty' as const,
      body: text,
      headers: { ...part.headers, 'content-type': 'application/json' },
    }));
  }

  private strangeCredential(part: RequestPart): Arbitrary<RequestPart> {
    const { reader, otherTenant } = this.tokens;
    const { authorization: _admin, ...anonymous } = part.headers;
    const credential = fc.oneof(
      fc.constantFrom(`Bearer ${reader}`, `Bearer ${otherTenant}`, undefined),
      this.words.secret().map((secret) => `bearer ${secret}`),
      fc.constantFrom(...CREDENTIALS),
    );
    return credential.map((text) => ({
      ...part,
      kind: 'strange' as const,
      headers: text === undefined ? anonymous : { ...anonymous, authorization: text },
    }));
  }
}

/** Mostly a key of the request's own, so that the same request twice is the same operation; sometimes a worn one. */
function keyFor({ method, target, body }: RequestPart, chance: number): string {
  if (chance === 1) return 'worn';
  return createHash('sha256')
    .update(`${method} ${target}`)
    .update(body ?? '')
    .digest('hex');
}
