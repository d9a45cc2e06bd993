import { code, grouped, page, table } from './markdown.mjs';

/** docs/errors.md: every code that the modules declare, with its status. */
export function errorsPage(path, { errors, problemTable }) {
  const features = grouped(errors, (error) => error.code.split('.')[0]);
  return page(path, [
    '# Errors',
    'Written by `npm run docs:sync` from the code.',
    'Every error is a problem document (RFC 9457): over HTTP with the media type `application/problem+json`, over the ' +
      'Redis transport as the error of the reply.',
    [
      '```json',
      JSON.stringify(
        {
          type: 'urn:fulcrum:problem:request.invalid',
          title: 'A field of the request is invalid',
          status: 422,
          detail: '/score must be a finite number from -2^53 to 2^53.',
          instance: '/v1/leaderboards/weekly/submissions',
          code: 'request.invalid',
          requestId: '6f1ed002-ab56-4f8f-9a6c-2f4b3f0a1c11',
          errors: [{ pointer: '/score', detail: 'must be a finite number from -2^53 to 2^53' }],
        },
        undefined,
        2,
      ),
      '```',
    ].join('\n'),
    [
      '- `code` is stable: programs decide by it. `detail` is for people and may change.',
      '- `errors` has one entry for each bad field, whose `pointer` is a JSON pointer (RFC 6901).',
      '- `retryAfterMs`, and the header `Retry-After`, say how long to wait.',
      '- `retryable`, with status 503, says whether the same request may be sent again as it is. A request with an ' +
        'Idempotency-Key always may.',
      '- `permission`, with `access.forbidden`, names the permission that is missing.',
      '- `resource`, with `fence.stale`, names the resource of which a newer fencing token was seen.',
      '- Status 500 is a bug of the service.',
    ].join('\n'),
    ...features.flatMap(([feature, rows]) => [
      `## ${feature}`,
      table(
        ['code', 'status', 'meaning'],
        rows.map((error) => [code(error.code), problemTable[error.kind].status, error.title]),
      ),
    ]),
  ]);
}
