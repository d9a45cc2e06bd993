import fc, { type Arbitrary } from 'fast-check';
import { Redis } from 'ioredis';
import { type Located, operationsOf, resolve, type Schema } from '../../drift/openapi-document.js';
import { waitUntil } from '../../support/wait-until.js';
import { CampaignReport } from './campaign-report.js';
import { type Contract, isRedisTimeout, type Objection, offTheSchema, parsed } from './contract.js';
import { nearlyValid } from './json-faults.js';
import type { Tokens } from './fuzz-request.js';
import { SESSION_TOKEN } from './requests.js';
import { SchemaValues } from './schema-values.js';
import { Words } from './words.js';

const AT_A_TIME = 16;

/** A message as it is published. */
interface Message {
  readonly located: Located;
  /** The text of the packet's `data`: the envelope, or what stands in its place. */
  readonly envelope: string;
}

export interface MessageCampaignOptions {
  readonly redisUrl: string;
  readonly contract: Contract;
  readonly tokens: Tokens;
  readonly messages: number;
  readonly seed: number;
}

/** Publishes generated packets to every pattern, and judges every reply: there has to be one to each, and only one. */
export async function runMessageCampaign(options: MessageCampaignOptions): Promise<CampaignReport> {
  const { redisUrl, contract, tokens, messages, seed } = options;
  const patterns = operationsOf(contract.document).filter(({ operation }) =>
    operation.description.includes('Message pattern:'),
  );
  const replies = new Map<string, Record<string, unknown>[]>();
  const [subscriber, publisher] = [new Redis(redisUrl), new Redis(redisUrl)];
  const report = new CampaignReport();
  const words = new Words();
  const any = anyMessage(patterns, contract, tokens, words);
  const sent: Message[] = [];
  try {
    subscriber.on('message', (_channel: string, text: string) => {
      const reply = JSON.parse(text) as Record<string, unknown>;
      replies.set(String(reply.id), [...(replies.get(String(reply.id)) ?? []), reply]);
      words.learn(reply.response);
      if (isRedisTimeout(reply.err)) report.redisTimeouts.push(Date.now());
    });
    await subscriber.subscribe(...patterns.map(({ operation }) => `${operation.operationId}.reply`));
    while (sent.length < messages) {
      const start = sent.length;
      sent.push(...fc.sample(any, { seed: seed * 1_000_003 + start, numRuns: AT_A_TIME }));
      const answered = sent.slice(start).map((message, at) => publish(publisher, message, start + at));
      const expected = (await Promise.all(answered)).filter((id) => id !== undefined);
      await waitUntil('every packet has a reply', () => expected.every((id) => replies.has(id)));
    }
    for (const [at, message] of sent.entries()) {
      report.sent++;
      const got = replies.get(packetId(at)) ?? [];
      const faults = got.flatMap((reply) => [...objections(contract, message, reply, report)]);
      if (got.length !== (isPacket(message) ? 1 : 0)) faults.push(offTheSchema(`${got.length} replies`));
      for (const fault of faults) report.object(fault, shown(message));
      for (const reply of got) report.count(message.located.address, statusOf(reply));
    }
  } finally {
    subscriber.disconnect();
    publisher.disconnect();
  }
  return report;
}

const packetId = (at: number) => `fuzz-${at}`;

/** What is no JSON has no id, so that nothing could be replied to it. */
const isPacket = ({ envelope }: Message) => parsed(envelope) !== undefined;

/** @returns the packet's id if a reply to it has to come */
async function publish(publisher: Redis, message: Message, at: number): Promise<string | undefined> {
  const { operationId } = message.located.operation;
  const packet = `{"id":"${packetId(at)}","pattern":"${operationId}","data":${message.envelope}}`;
  await publisher.publish(operationId, packet);
  return isPacket(message) ? packetId(at) : undefined;
}

function statusOf({ err }: Record<string, unknown>): number {
  return err === undefined ? 200 : Number((Object(err) as Record<string, unknown>).status);
}

function* objections(
  contract: Contract,
  { located }: Message,
  reply: Record<string, unknown>,
  report: CampaignReport,
): Generator<Objection> {
  const { err, response } = reply;
  yield* contract.leaks(JSON.stringify(reply));
  if (err !== undefined) {
    if (!(statusOf(reply) < 500) && !report.isExcused(err))
      yield { sort: 'server error', reason: JSON.stringify(err) };
    for (const fault of contract.problemFaults(err)) yield offTheSchema(fault);
    return;
  }
  const schema = answerOf(located, contract);
  for (const fault of contract.schemaFaults(`${located.address} message`, schema, response)) {
    yield offTheSchema(fault);
  }
}

/** What an operation answers: as its route, save what only a header asks for, of which a message has none. */
function answerOf({ operation }: Located, { document }: Contract): Schema {
  const isPreferred = operation.parameters.some((each) => resolve(document, each).name === 'Prefer');
  const schemas = Object.entries(operation.responses)
    .filter(([status]) => status < '300' && !(isPreferred && status === '202'))
    .map(([, each]) => resolve(document, each).content?.['application/json']?.schema ?? { type: 'null' });
  return schemas.length === 1 ? (schemas[0] ?? {}) : { anyOf: schemas };
}

function anyMessage(
  patterns: readonly Located[],
  contract: Contract,
  tokens: Tokens,
  words: Words,
): Arbitrary<Message> {
  const values = new SchemaValues(contract.document, words);
  return fc.constantFrom(...patterns).chain((located) => {
    const data = dataOf(located, contract, values, words);
    const { admin, reader, otherTenant } = tokens;
    const auth = fc.oneof(
      { arbitrary: fc.constant(admin), weight: 8 },
      { arbitrary: fc.constantFrom(reader, otherTenant, '', 'Bearer', 'fk_none_none', 'a.b.c'), weight: 1 },
    );
    const envelope = fc.record(
      {
        auth,
        data,
        requestId: fc.constantFrom('r-1', '', 'é'),
        idempotencyKey: fc.constantFrom('k', 'x'.repeat(256)),
      },
      { requiredKeys: ['auth', 'data'], noNullPrototype: true },
    );
    const simple = fc.record({ auth: fc.constant(admin), data });
    return fc
      .oneof(
        { arbitrary: simple.map((value) => JSON.stringify(value)), weight: 3 },
        { arbitrary: envelope.map((value) => JSON.stringify(value)), weight: 1 },
        { arbitrary: nearlyValid(envelope, { upTo1MiB: false }), weight: 4 },
      )
      .map((text) => ({ located, envelope: text }));
  });
}

/** Path, query and body of an operation as one object, with the session that a header names. */
function dataOf(
  { operation }: Located,
  { document }: Contract,
  values: SchemaValues,
  words: Words,
): Arbitrary<object> {
  const all = operation.parameters.map((each) => resolve(document, each));
  const parameters = all.filter((each) => each.in !== 'header');
  const isOnSession = all.some(({ name }) => name === SESSION_TOKEN);
  const session = isOnSession ? fc.record({ sessionToken: words.sessionToken() }) : fc.constant({});
  const fields = fc.record(
    Object.fromEntries(parameters.map(({ name, schema }) => [name, values.of(schema, name)])),
    {
      requiredKeys: parameters.filter((each) => each.in === 'path').map(({ name }) => name),
      noNullPrototype: true,
    },
  );
  const schema: Schema | undefined = operation.requestBody?.content['application/json']?.schema;
  const body = schema === undefined ? fc.constant({}) : values.of(schema);
  return fc.tuple(fields, body, session).map(([names, rest, token]) => {
    // A patch has a name of its own, beside the token of what it changes.
    const named = operation.operationId === 'sessions.current.patch' ? { data: rest } : (rest as object);
    return { ...named, ...names, ...token };
  });
}

function shown({ located, envelope }: Message): string {
  return `${located.operation.operationId} ${envelope.slice(0, 1000)}`;
}
