// Fastify with the two routes and their work in Redis, and nothing else: nobody is asked who they are, and nothing that
// they send is looked at.
import Fastify from 'fastify';
import { RedisWork } from './redis-work.js';
import { nobody } from './nobody.js';
import type { Submission } from './service-scripts.js';

interface Route {
  Params: { board: string };
  Body: Submission;
  Querystring: { limit: string };
}

const work = await RedisWork.start({ autoPipelining: true });
const fastify = Fastify();

fastify.post<Route>('/v1/leaderboards/:board/submissions', ({ params, body }) =>
  work.submit(nobody, params.board, body),
);
fastify.get<Route>('/v1/leaderboards/:board/entries', ({ params, query }) =>
  work.top(nobody, params.board, Number(query.limit)),
);

process.stderr.write(`${await fastify.listen({ host: '127.0.0.1', port: 0, backlog: 4096 })}\n`);
