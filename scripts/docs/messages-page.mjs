import { getMetadataStorage } from 'class-validator';
import { code, grouped, page, table } from './markdown.mjs';

/** docs/messages.md: every message pattern beside its route. */
export function messagesPage(path, { handlers, openApi }) {
  const patterns = handlers.filter(({ transport }) => transport === 'message');
  const routes = new Map(
    handlers
      .filter(({ transport, endpoint }) => transport === 'http' && endpoint !== 'public')
      .map(({ address, endpoint }) => [endpoint.name, address.replaceAll(/:([A-Za-z]+)/g, '{$1}')]),
  );
  const features = grouped(patterns, ({ address }) => address.split('.')[0]);
  return page(path, [
    '# Messages',
    'Written by `npm run docs:sync` from the code.',
    'The operations of the HTTP API over the Redis transport of Nest microservices (`ClientProxy` with ' +
      '`Transport.REDIS`). Each request is executed by exactly one replica, however many run. A message that is ' +
      'emitted, rather than sent, reaches no handler.',
    'The payload of a message is an envelope:',
    table(
      ['field', 'meaning'],
      [
        [code('auth'), 'the credential: an API key or a JSON Web Token, with or without `Bearer` before it'],
        [
          code('data'),
          'an object with the fields of the route’s path, query and body, as the table lists them',
        ],
        [
          code('idempotencyKey'),
          'optional: 1 to 255 visible ASCII characters, as the header Idempotency-Key',
        ],
        [code('requestId'), 'optional: the id under which the request is logged'],
        [
          code('fence'),
          'optional: a fencing token, `<resource>=<token>`, as the header Fence; only with writes to boards, channels, streams and sessions',
        ],
      ],
    ),
    'The answer is the JSON body of the route’s answer, or `null` where the route answers 204. An error is the problem ' +
      'document that [errors.md](errors.md) describes. Permissions and validation are the same; a packet has at most 1 MiB.',
    [
      '```ts',
      'const answer = await firstValueFrom(',
      "  client.send('leaderboards.submissions.create', {",
      "    auth: 'fk_…',",
      "    data: { board: 'weekly', member: 'ada', score: 1500 },",
      '  }),',
      ');',
      '```',
    ].join('\n'),
    ...features.flatMap(([feature, rows]) => [
      `## ${feature}`,
      table(
        ['pattern', 'route', 'permission', 'data'],
        rows.map(({ address, endpoint, takes }) => [
          code(address),
          code(routes.get(address) ?? '—'),
          code(endpoint.permission),
          fieldsOf(takes, operationOf(openApi, address), openApi),
        ]),
      ),
    ]),
  ]);
}

function operationOf(openApi, name) {
  return Object.values(openApi.paths)
    .flatMap((item) => Object.values(item))
    .find(({ operationId }) => operationId === name);
}

/** Names of the fields of `data`; those that may be left out with a question mark. Where the route has them too, in its order. */
function fieldsOf(takes, operation, openApi) {
  const ofRoute = operation === undefined ? new Map() : fieldsOfRoute(operation, openApi);
  const own = typeof takes === 'function' ? fieldsOfClass(takes) : new Map();
  const fields = own.size === 0 ? [...ofRoute] : [...ofRoute, ...own].filter(([name]) => own.has(name));
  const required = new Map([...fields, ...own]);
  const names = [...new Set(fields.map(([name]) => name))];
  return names.map((name) => code(required.get(name) ? name : `${name}?`)).join(', ') || '—';
}

/** Each with whether it has to be there. */
function fieldsOfClass(type) {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const optional = new Set(
    rules.filter((rule) => rule.type === 'conditionalValidation').map((rule) => rule.propertyName),
  );
  return new Map(rules.map(({ propertyName }) => [propertyName, !optional.has(propertyName)]));
}

function fieldsOfRoute(operation, openApi) {
  const parameters = operation.parameters.filter(
    (parameter) => parameter.in === 'path' || parameter.in === 'query',
  );
  const schema = operation.requestBody?.content['application/json'].schema;
  const reference = schema?.$ref;
  const body = reference === undefined ? schema : openApi.components.schemas[reference.split('/').at(-1)];
  return new Map([
    ...parameters.map(({ name, required }) => [name, required]),
    ...Object.keys(body?.properties ?? {}).map((name) => [name, body.required?.includes(name) ?? false]),
  ]);
}
