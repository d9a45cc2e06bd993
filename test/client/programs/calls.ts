// Uses what the other programs do not, and says what came of it.
import { FulcrumError } from '@fulcrum/client';
import { clientOfTest, say } from './program.js';

const client = clientOfTest();
const path = { board: 'views' };

const { response } = await client.PUT('/v1/leaderboards/{board}', {
  params: { path },
  body: { order: 'descending' },
});
await client.POST('/v1/leaderboards/{board}/submissions', {
  params: { path },
  body: { member: '@nestjs/core', score: 3, operator: 'increment' },
});
const { data: page } = await client.GET('/v1/leaderboards/{board}/entries', {
  params: { path, query: { limit: 5 } },
});
say({ status: response.status, entries: page.items.map(({ member, rank, score }) => [member, rank, score]) });

const missing = await client
  .GET('/v1/leaderboards/{board}/entries/{member}', { params: { path: { ...path, member: 'nobody' } } })
  .catch((error: unknown) => error);
if (missing instanceof FulcrumError) say({ code: missing.code, status: missing.status });
const invalid = await client
  .POST('/v1/leaderboards/{board}/submissions', { params: { path }, body: { member: '', score: 1 } })
  .catch((error: unknown) => error);
if (invalid instanceof FulcrumError) say({ pointer: invalid.errors[0]?.pointer, hasId: !!invalid.requestId });

const { data: made } = await client.POST('/v1/sessions', { body: { userId: 'ada', data: { cart: [] } } });
const session = client.session(made.token);
const { version } = await session.patch({ cart: ['milk'] }, { version: made.session.version });
const stale = await session.patch({}, { version: version - 1 }).catch((error: unknown) => error);
const isNew = (await session.rotate()) !== made.token;
const { data } = await session.get();
await session.end();
const over = await session.get().catch((error: unknown) => error);
say({ data, isNew, codes: [stale, over].map((error) => (error instanceof FulcrumError ? error.code : '')) });

const { data: nothing } = await client.DELETE('/v1/leaderboards/{board}', { params: { path } });
say({ nothing: nothing === undefined });
