import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { endpointOf } from '../../access/endpoint.js';
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
    const checks = routeChecks(context);
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

/** Nest's notes on the parameters of a handler, by `<source>:<index>`. */
type Parameters = Record<string, { index: number }>;

/** One check for each parameter of a DTO class, in the order of the parameters, and one of the query and the body if none is. */
function routeChecks(context: ExecutionContext): readonly Check[] {
  const controller = context.getClass();
  const { name } = context.getHandler();
  const types = Reflect.getMetadata(
    'design:paramtypes',
    controller.prototype as object,
    name,
  ) as readonly unknown[];
  const notes = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as Parameters | undefined;
  const parameters = Object.entries(notes ?? {})
    .map(([parameter, { index }]) => ({ source: Number(parameter.split(':')[0]), index }))
    .toSorted((left, right) => left.index - right.index);
  const checks = parameters.flatMap(({ source, index }): Check[] => {
    const type = dtoOf(types[index]);
    const field = FIELDS.get(source);
    if (type === undefined || field === undefined) return [];
    const from = field === 'query' ? field : undefined;
    return [(request) => (request[field] = checked(type, request[field], from))];
  });
  // Probes and scrapers of public routes may add what they like.
  if (endpointOf(context.getHandler()) === 'public') return checks;
  const takes = (wanted: RouteParamtypes) => parameters.some(({ source }) => source === Number(wanted));
  if (!takes(RouteParamtypes.QUERY)) checks.push(refuseQuery);
  if (!takes(RouteParamtypes.BODY)) checks.push(refuseBody);
  return checks;
}

class NoFields {}

/** For a route that takes none. @throws AppError `request.invalid` */
function refuseQuery({ query }: FastifyRequest): void {
  if (Object.keys(query as object).length > 0) checked(NoFields, query, 'query');
}

/** For a route that takes none; an empty object says as much as nothing. @throws AppError `request.invalid` */
function refuseBody({ body }: FastifyRequest): void {
  if (body !== undefined) checked(NoFields, body);
}
