import { type Located, operationsOf, resolve } from '../../drift/openapi-document.js';
import { type Contract, type Objection, offTheSchema, parsed } from './contract.js';
import type { FuzzRequest } from './fuzz-request.js';
import { Routes } from './routes.js';
import type { WireAnswer } from './wire.js';

/** Refusals that any request can meet before it is for an operation; all of them are problems. */
const BEFORE_ANY_OPERATION = new Set([400, 404, 405, 408, 413, 414, 415, 429, 431]);
/** How a request that the document allows is never refused. */
const NEVER_IF_VALID = new Set([400, 401, 403, 405, 413, 414, 415, 431]);
/** Headers of answers to requests that have the one that asks for them, or that came before. */
const IF_ASKED_FOR = new Set(['Idempotency-Replayed', 'Durability']);
/** Longer bodies are not looked at again: what the service does with them, it does because of their length. */
const MOST_LOOKED_AT = 65_536;

/** Holds answers over HTTP against what is documented for their operation. */
export class AnswerJudge {
  private readonly routes: Routes;

  constructor(private readonly contract: Contract) {
    this.routes = new Routes(operationsOf(contract.document));
  }

  /** Everything that is wrong with `answer`; nothing if it is as documented. A 5xx is wrong unless it `isExcused`. */
  objections(
    request: FuzzRequest,
    answer: WireAnswer,
    isExcused: (problem: unknown) => boolean,
  ): Objection[] {
    const { status, text, headers } = answer;
    const faults = [...this.headerFaults(request, answer), ...this.bodyFaults(request, answer)];
    return [
      ...(status >= 500 && !isExcused(parsed(text))
        ? [{ sort: 'server error', reason: `status ${status}` } as const]
        : []),
      ...this.contract.leaks(`${text}\n${Object.values(headers).join('\n')}`),
      ...faults.map(offTheSchema),
    ];
  }

  /** The operation that `request` reaches, whatever it was made for. */
  operationOf({ method, target }: FuzzRequest): Located | undefined {
    return this.routes.find(method, target);
  }

  private *headerFaults({ headers: sent, method }: FuzzRequest, { status, headers, text }: WireAnswer) {
    const id = headers['x-request-id'] ?? '';
    const wanted = sent['x-request-id'] ?? '';
    if (!/^[\x21-\x7e]{1,128}$/.test(id)) yield 'no x-request-id';
    if (/^[\x21-\x7e]{1,128}$/.test(wanted) && id !== wanted) yield 'another x-request-id';
    if (status === 401 && headers['www-authenticate'] === undefined) yield '401 without www-authenticate';
    if (status === 405 && headers.allow === undefined) yield '405 without allow';
    if (method === 'HEAD' && text !== '') yield 'HEAD has a body';
  }

  private *bodyFaults(request: FuzzRequest, answer: WireAnswer): Generator<string> {
    const { status, headers, text } = answer;
    const isProblem = status >= 400;
    if (isProblem) yield* this.problemFaults(request, answer);
    const located = this.operationOf(request);
    const documented = located?.operation.responses[String(status)];
    if (located === undefined || documented === undefined) {
      yield* this.undocumentedFaults(request, answer, located);
      return;
    }
    const response = resolve(this.contract.document, documented);
    for (const name of Object.keys(response.headers ?? {})) {
      if (!isProblem && !IF_ASKED_FOR.has(name) && headers[name.toLowerCase()] === undefined)
        yield `no ${name}`;
    }
    const [[type, media] = []] = Object.entries(response.content ?? {});
    if (type === undefined || media === undefined) {
      if (text !== '') yield `${status} has a body`;
    } else if (!headers['content-type']?.startsWith(type)) {
      yield `${headers['content-type']} is not ${type}`;
    } else if (!isProblem && request.method !== 'HEAD') {
      if (type === 'text/event-stream') yield* this.streamFaults(located.address, text, request);
      else {
        const value = type.endsWith('json') ? parsed(text) : text;
        yield* this.contract.schemaFaults(`${located.address} ${status}`, media.schema, value);
      }
    }
    if (!isProblem) yield* this.acceptanceFaults(request, located);
  }

  /** An answer that the operation does not document has to be a refusal that has nothing to do with it. */
  private *undocumentedFaults(
    { kind, method }: FuzzRequest,
    { status, headers, text }: WireAnswer,
    located: Located | undefined,
  ): Generator<string> {
    if (located === undefined && method === 'OPTIONS' && status === 204 && headers.allow !== undefined)
      return;
    const isOfTransport = method === 'HEAD' || /"code":"(request|throttle)\./.test(text);
    if (kind !== 'valid' && BEFORE_ANY_OPERATION.has(status) && isOfTransport) return;
    yield `${status} is undocumented: ${text.slice(0, 300)}`;
  }

  private *problemFaults(
    { kind, method, target }: FuzzRequest,
    { status, headers, text }: WireAnswer,
  ): Generator<string> {
    const type = headers['content-type'];
    if (!type?.startsWith('application/problem+json')) yield `${status} is ${type}`;
    if (method === 'HEAD') return;
    const problem = parsed(text);
    yield* this.contract.problemFaults(problem);
    const members = Object(problem) as Record<string, unknown>;
    if (members.status !== status) yield `${status} says that it is ${String(members.status)}`;
    if (members.requestId !== headers['x-request-id']) yield 'requestId is not that of the header';
    const { instance } = members;
    if (instance !== target.split('?')[0] && !String(instance).startsWith('urn:fulcrum:request:'))
      yield `instance is ${String(instance)}`;
    // A session may have ended.
    const isNever = NEVER_IF_VALID.has(status) && members.code !== 'sessions.invalid-token';
    if (kind === 'valid' && (isNever || members.code === 'request.invalid'))
      yield `a valid request is refused: ${text.slice(0, 500)}`;
  }

  private *streamFaults(address: string, sent: string, request: FuzzRequest): Generator<string> {
    // Comments keep a connection open, and may come at any time.
    const text = sent.replaceAll(/^:[^\n]*\n\n/gm, '');
    if (text === '') return;
    if (address === 'GET /v1/streams/:stream/tail') {
      yield* this.tailFaults(text);
      return;
    }
    if (address === 'GET /v1/events') {
      yield* this.eventFaults(text, request);
      return;
    }
    const [, kind, data] = /^event: (\w+)\ndata: ([^\n]*)\n\n/.exec(text) ?? [];
    if (kind !== 'snapshot' || data === undefined) yield `the first event is ${text.slice(0, 100)}`;
    else {
      const window = { $ref: '#/components/schemas/EntryWindow' };
      yield* this.contract.schemaFaults('snapshot', window, parsed(data));
    }
  }

  /** What a tail sends first: the place where it begins, and then entries if there are any. */
  private *tailFaults(text: string): Generator<string> {
    // What follows the last empty line has not arrived as a whole.
    const [place = '', ...events] = text.split('\n\n').slice(0, -1);
    if (!/^id: \d+-\d+$/.test(place)) yield `the place is ${place.slice(0, 100)}`;
    for (const event of events.filter((each) => !each.startsWith('retry: '))) {
      const [, data] = /^id: \d+-\d+\ndata: ([^\n]*)$/.exec(event) ?? [];
      if (data === undefined) yield `an event is ${event.slice(0, 100)}`;
      else
        yield* this.contract.schemaFaults('tail', { $ref: '#/components/schemas/StreamEntry' }, parsed(data));
    }
  }

  /**
   * What the events of channels begin with: the place where they do, unless the client came with one that nobody knows, and
   * then messages and gaps if there are any.
   */
  private *eventFaults(text: string, { target, headers }: FuzzRequest): Generator<string> {
    const [first = '', ...events] = text.split('\n\n').slice(0, -1);
    const [retry, place, ...more] = first.split('\n');
    const came = target.includes('since=') || (headers['last-event-id'] ?? '') !== '';
    const isPlace = place === undefined ? came : /^id: [\w-]+$/.test(place);
    if (retry !== 'retry: 1000' || !isPlace || more.length > 0) yield `the place is ${first.slice(0, 100)}`;
    for (const event of events) {
      const [, kind, data] = /^event: (message|gap)\nid: [\w-]+\ndata: ([^\n]*)$/.exec(event) ?? [];
      if (kind === undefined || data === undefined) yield `an event is ${event.slice(0, 100)}`;
      else yield* this.contract.channelFaults(kind, parsed(data));
    }
  }

  /** A body that was accepted although the document refuses it. */
  private *acceptanceFaults({ body, kind }: FuzzRequest, { address, operation }: Located): Generator<string> {
    const schema = operation.requestBody?.content['application/json']?.schema;
    // A row of a batch is answered in its place, whatever it is.
    if (kind === 'valid' || schema === undefined || address.endsWith('/batch')) return;
    if (typeof body !== 'string' || body === '' || body.length > MOST_LOOKED_AT) return;
    for (const fault of this.contract.schemaFaults(`${address} body`, schema, parsed(body)))
      yield `accepted: ${fault}`;
  }
}
