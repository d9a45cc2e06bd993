import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { EndpointDefinition } from '../../access/endpoint.js';
import type { Series } from '../../telemetry/latencies.js';
import { requestSeconds } from '../../telemetry/metrics.js';
import { problemCodeOf } from '../problem/problem.filter.js';

const successes = new WeakMap<EndpointDefinition, Series>();

function successesOf(endpoint: EndpointDefinition): Series {
  const known = successes.get(endpoint);
  if (known) return known;
  const series = requestSeconds.seriesOf(endpoint.name, 'http', 'success');
  successes.set(endpoint, series);
  return series;
}

/** Measures every request of a route, refused ones included, from its arrival to the end of its answer. */
export function measureRequests(adapter: FastifyAdapter): void {
  adapter.getInstance().addHook('onResponse', ({ endpoint }, reply, done) => {
    if (typeof endpoint === 'object') {
      const code = problemCodeOf(reply);
      const series =
        code === undefined ? successesOf(endpoint) : requestSeconds.seriesOf(endpoint.name, 'http', code);
      series.observe(reply.elapsedTime / 1000);
    }
    done();
  });
}
