import openApiClient, { type ParamsOption, type RequestBodyOption } from 'openapi-fetch';
import { keyedPosts, type paths } from './schema.js';
import { DEFAULT_RETRY, type Fetch, type RetryOptions, send } from './send.js';

/** What goes with any call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For one attempt, in ms; to a call that may wait (`waitMs`) so much is added. */
  readonly timeoutMs?: number;
  /** What is set takes the place of the client's. */
  readonly retry?: RetryOptions;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type OkStatus = 200 | 201 | 202 | 204;
type ContentOf<Answer> = Answer extends { content: infer Content extends object }
  ? Content[keyof Content]
  : undefined;

/** The answer's body. */
export type DataOf<Operation> = Operation extends { responses: infer Answers extends object }
  ? { [Status in keyof Answers & OkStatus]: ContentOf<Answers[Status]> }[keyof Answers & OkStatus]
  : never;

export interface Answered<Data> {
  readonly data: Data;
  /** For its status and headers; its body has been read. */
  readonly response: Response;
}

type Init<Operation> = ParamsOption<Operation> & RequestBodyOption<Operation> & CallOptions;
type Rest<All> = object extends All ? [init?: All] : [init: All];
/** Connections that stay open, and what is not for programs that use the API. */
type IsCall<Operation> = Operation extends { responses: { 200: { content: infer Content } } }
  ? Content extends { 'application/json': unknown }
    ? true
    : false
  : Operation extends { responses: { 201: unknown } | { 202: unknown } | { 204: unknown } }
    ? true
    : false;
type PathsOf<M extends Method> = {
  [Path in keyof paths]: IsCall<paths[Path][M]> extends true ? Path : never;
}[keyof paths];

/** One function a method: it sends, and gives what a good answer holds. @throws as `send` */
export type Calls = {
  readonly [M in Method as Uppercase<M>]: <Path extends PathsOf<M>>(
    path: Path,
    ...rest: Rest<Init<paths[Path][M]>>
  ) => Promise<Answered<DataOf<paths[Path][M]>>>;
};

export interface Connection {
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly retry: RetryOptions;
  readonly timeoutMs: number;
  /** The header of a request that is sent now. */
  readonly authorization: () => Promise<string>;
}

interface AnyInit extends CallOptions {
  readonly params?: { readonly header?: Readonly<Record<string, unknown>> };
  readonly body?: unknown;
}
type AnyRequest = (method: string, path: string, init: object) => Promise<Answered<unknown>>;

const KEY = 'Idempotency-Key';
const keyed: ReadonlySet<string> = new Set(keyedPosts);

export function callsOver(connection: Connection): Calls {
  // Its types are those of `Calls`, which cannot be followed where method and path are not known.
  const request = openApiClient<paths>({ baseUrl: connection.baseUrl }).request as unknown as AnyRequest;
  const over = (method: string) => (path: string, init?: AnyInit) =>
    call(connection, request, method, path, init);
  const calls = {
    GET: over('GET'),
    POST: over('POST'),
    PUT: over('PUT'),
    PATCH: over('PATCH'),
    DELETE: over('DELETE'),
  };
  return calls as unknown as Calls;
}

async function call(
  connection: Connection,
  request: AnyRequest,
  method: string,
  path: string,
  { signal, timeoutMs = connection.timeoutMs, retry, ...init }: AnyInit = {},
): Promise<Answered<unknown>> {
  const headers: Record<string, string> = { authorization: await connection.authorization() };
  // Made once a call: what is sent again has the same.
  const isKeyed = method === 'POST' && keyed.has(path) && init.params?.header?.[KEY] === undefined;
  if (isKeyed) headers[KEY] = crypto.randomUUID();
  const sending = {
    fetch: connection.fetch,
    retry: { ...DEFAULT_RETRY, ...connection.retry, ...retry },
    timeoutMs: timeoutMs + waitOf(init.body),
    signal,
  };
  const { data, response } = await request(method, path, {
    ...init,
    headers,
    fetch: (made: Request) => send(made, sending),
  });
  return { data, response };
}

/** How long the service may take because it was told to wait. */
function waitOf(body: unknown): number {
  if (typeof body !== 'object' || body === null || !('waitMs' in body)) return 0;
  return typeof body.waitMs === 'number' ? body.waitMs : 0;
}
