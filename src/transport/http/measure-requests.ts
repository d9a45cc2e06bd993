import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { requestSeconds } from '../../telemetry/metrics.js';
import { problemCodeOf } from '../problem/problem.filter.js';

/** Measures every request of a route, refused ones included, from its arrival to the end of its answer. */
export function measureRequests(adapter: FastifyAdapter): void {
  adapter.getInstance().addHook('onResponse', ({ endpoint }, reply, done) => {
    if (typeof endpoint === 'object') {
      const outcome = problemCodeOf(reply) ?? 'success';
      const labels = { operation: endpoint.name, transport: 'http', outcome } as const;
      requestSeconds.observe(labels, reply.elapsedTime / 1000);
    }
    done();
  });
}
