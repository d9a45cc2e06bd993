import { applyDecorators, SetMetadata } from '@nestjs/common';
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
  /** Tokens that a request takes from each of the service's own rate limits; 1 if left out. */
  readonly cost?: number;
}

/** Makes definitions `<feature>.<name>` whose permission must extend to the resource that the field `resource` names. */
export const endpointsOn =
  (feature: string, resource: string) =>
  (name: string, action: Action): EndpointDefinition => ({
    name: `${feature}.${name}`,
    permission: `${feature}:${action}`,
    resource,
  });

/** Metadata of a handler: its endpoint, or `public` if anyone may call it. */
export const ENDPOINT = Symbol('endpoint');

/** Marks an HTTP handler; without this, or `Public`, the service does not start. */
export const Endpoint = (endpoint: EndpointDefinition) => SetMetadata(ENDPOINT, endpoint);

/** Marks a message handler and gives it its pattern. */
export const MessageEndpoint = (endpoint: EndpointDefinition): MethodDecorator =>
  applyDecorators(MessagePattern(endpoint.name), Endpoint(endpoint));

/** Marks an HTTP handler that answers without a credential. */
export const Public = () => SetMetadata(ENDPOINT, 'public');
