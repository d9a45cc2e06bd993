import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { checked, dtoOf } from './validation.pipe.js';

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

/** The parts of a request that handlers are given as DTOs. */
const FIELDS = new Map<RouteParamtypes, 'params' | 'query' | 'body'>([
  [RouteParamtypes.PARAM, 'params'],
  [RouteParamtypes.QUERY, 'query'],
  [RouteParamtypes.BODY, 'body'],
]);

/** One check for each parameter of a DTO class, in the order of the parameters. */
function routeChecks(controller: ReturnType<ExecutionContext['getClass']>, name: string): readonly Check[] {
  const prototype = controller.prototype as object;
  const types = Reflect.getMetadata('design:paramtypes', prototype, name) as readonly unknown[];
  const route = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as
    Record<string, { index: number }> | undefined;
  return Object.entries(route ?? {})
    .toSorted(([, left], [, right]) => left.index - right.index)
    .flatMap(([parameter, { index }]): Check[] => {
      const type = dtoOf(types[index]);
      if (type === undefined) return [];
      const source: RouteParamtypes = Number(parameter.split(':')[0]);
      const field = FIELDS.get(source);
      if (field === undefined) return [];
      const from = field === 'query' ? field : undefined;
      return [(request) => (request[field] = checked(type, request[field], from))];
    });
}
