import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { dtoOf } from './validation.pipe.js';
import { validated } from './validate.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;
type Check = (request: FastifyRequest) => void;

/**
 * Checks what a route's handler takes, after access and limits, in the place of the pipe that checks messages. Nest gives
 * a pipe six promises for each parameter; the same check here needs none.
 */
@Injectable()
export class RequestValidationGuard implements CanActivate {
  private readonly checks = new WeakMap<Handler, readonly Check[]>();

  /** @throws AppError `request.invalid` */
  canActivate(context: ExecutionContext): true {
    if (context.getType() !== 'http') return true;
    const request = context.getArgByIndex<FastifyRequest>(0);
    for (const check of this.checksOf(context)) check(request);
    return true;
  }

  private checksOf(context: ExecutionContext): readonly Check[] {
    const handler = context.getHandler();
    const known = this.checks.get(handler);
    if (known) return known;
    const checks = routeChecks(context.getClass(), handler.name);
    this.checks.set(handler, checks);
    return checks;
  }
}

/** One check for each parameter of a DTO class, in the order of the parameters. */
function routeChecks(controller: ReturnType<ExecutionContext['getClass']>, name: string): readonly Check[] {
  const prototype = controller.prototype as object;
  const types = Reflect.getMetadata('design:paramtypes', prototype, name) as readonly unknown[];
  const route = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as Record<
    string,
    { index: number }
  >;
  return Object.entries(route ?? {})
    .toSorted(([, left], [, right]) => left.index - right.index)
    .flatMap(([parameter, { index }]): Check[] => {
      const type = dtoOf(types[index]);
      if (type === undefined) return [];
      const from: RouteParamtypes = Number(parameter.split(':')[0]);
      switch (from) {
        case RouteParamtypes.PARAM:
          return [(request) => (request.params = validated(type, request.params ?? {}))];
        case RouteParamtypes.QUERY:
          return [(request) => (request.query = validated(type, request.query ?? {}, 'query'))];
        case RouteParamtypes.BODY:
          // What is left out is an empty object; a body that says null is not.
          return [
            (request) => (request.body = validated(type, request.body === undefined ? {} : request.body)),
          ];
        default:
          return [];
      }
    });
}
