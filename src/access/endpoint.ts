import { applyDecorators, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import type { Action, Permission } from './permission.js';

/** What a route and the message pattern beside it have in common. */
export interface EndpointDefinition {
  /** `<feature>.<noun>.<verb>`: the message pattern, and the operation's name in logs, metrics and traces. */
  readonly name: string;
  /** What the caller must be allowed; `authenticated` asks for any valid credential. */
  readonly permission: Permission | 'authenticated';
  /** The field that names the resource to which a limited permission must extend. */
  readonly resource?: string;
  /**
   * Set if the answer holds only what a limited permission extends to. An endpoint with neither this nor
   * `resource` takes an unlimited one.
   */
  readonly answersByName?: true;
  /** Set if every script that the operation writes with checks the caller's fence. */
  readonly fenced?: true;
  /** Tokens that a request takes from each of the service's own rate limits, or all that one can hold; 1 if left out. */
  readonly cost?: number;
  /** Set if the operation answers while Redis is away too: an API key that was valid within the last minute counts then. */
  readonly answersInOutage?: true;
  /** Set if browsers open what the route answers with by APIs that send no header: `access_token` in the query counts then. */
  readonly credentialInQuery?: true;
}

/** Makes definitions `<feature>.<name>` whose permission must extend to the resource that the field `resource` names. */
export const endpointsOn =
  (feature: string, resource: string) =>
  (name: string, action: Action): EndpointDefinition => ({
    name: `${feature}.${name}`,
    permission: `${feature}:${action}`,
    resource,
  });

/** `definition` of an operation whose scripts check the caller's fence. */
export const fenced = <Definition extends EndpointDefinition>(definition: Definition) =>
  ({ ...definition, fenced: true }) as const;

/** Whether the operation is a write, as far as its permission tells: to one that checks no fence none may be sent. */
export function isWrite({ permission }: EndpointDefinition): boolean {
  return permission !== 'authenticated' && !permission.endsWith(':read');
}

/** Metadata of a handler: its endpoint, or `public` if anyone may call it. */
const ENDPOINT = Symbol('endpoint');

type Handler = ReturnType<ExecutionContext['getHandler']>;
type Declared = EndpointDefinition | 'public' | undefined;

const reflector = new Reflector();
const declarations = new WeakMap<Handler, { readonly endpoint: Declared }>();

/** What `handler` declares; undefined if nothing. Reflection is asked once a handler, not for every request. */
export function endpointOf(handler: Handler): Declared {
  const known = declarations.get(handler);
  if (known) return known.endpoint;
  const endpoint = reflector.get<Declared>(ENDPOINT, handler);
  declarations.set(handler, { endpoint });
  return endpoint;
}

/** Marks an HTTP handler; without this, or `Public`, the service does not start. */
export const Endpoint = (endpoint: EndpointDefinition) => SetMetadata(ENDPOINT, endpoint);

/** Marks a message handler and gives it its pattern. */
export const MessageEndpoint = (endpoint: EndpointDefinition): MethodDecorator =>
  applyDecorators(MessagePattern(endpoint.name), Endpoint(endpoint));

/** Marks an HTTP handler that answers without a credential. */
export const Public = () => SetMetadata(ENDPOINT, 'public');
