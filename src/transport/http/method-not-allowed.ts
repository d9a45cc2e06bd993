import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { HTTPMethods } from 'fastify';
import { AppError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import { refuse } from './request-limits.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Makes every known path answer 405 with `Allow` to the methods that it does not take, where Fastify would
 * say 404, and OPTIONS with the methods that it does. `record` runs before the routes are registered, `complete` after.
 */
export class MethodNotAllowed {
  private readonly methodsByPath = new Map<string, Set<string>>();

  record(adapter: FastifyAdapter): void {
    adapter.getInstance().addHook('onRoute', ({ url, method }) => {
      const methods = this.methodsByPath.get(url) ?? new Set<string>();
      for (const each of [method].flat()) methods.add(each);
      this.methodsByPath.set(url, methods);
    });
  }

  complete(adapter: FastifyAdapter): void {
    const paths = [...this.methodsByPath.keys()].map((url) => [url, this.methodsTaken(url)] as const);
    for (const [url, taken] of paths) {
      if (url.includes('*')) continue;
      const method = METHODS.filter((each) => !taken.has(each));
      const allow = [...taken, 'OPTIONS'].sort().join(', ');
      if (method.length === 0) continue;
      adapter.getInstance().route({
        method,
        url,
        handler: async (request, reply) => {
          if (request.method === 'OPTIONS') return reply.status(204).header('allow', allow).send();
          const error = new AppError(requestErrors['method-not-allowed'], `The route takes ${allow}.`);
          void reply.header('allow', allow);
          refuse(request, reply, error);
          return reply;
        },
      });
    }
  }

  /** Those of `url` itself and of every route with a parameter that would get its requests otherwise. */
  private methodsTaken(url: string): ReadonlySet<string> {
    const all = [...this.methodsByPath].filter(([pattern]) => pattern === url || fits(pattern, url));
    return new Set(all.flatMap(([, methods]) => [...methods]));
  }
}

function fits(pattern: string, url: string): boolean {
  const wanted = pattern.split('/');
  const given = url.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => part === given[at] || (part.startsWith(':') && !given[at]?.startsWith(':')))
  );
}
