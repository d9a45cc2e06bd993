import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import { RequestMethod } from '@nestjs/common';
import { type EndpointDefinition, endpointOf } from './endpoint.js';

/** One route or message pattern as its controller declares it. */
export interface DeclaredHandler {
  readonly transport: 'http' | 'message';
  /** `GET /v1/…` or the message pattern. */
  readonly address: string;
  readonly endpoint: EndpointDefinition | 'public';
  /** The class of its first argument, which for a pattern is that of `data`; undefined if it takes none. */
  readonly takes: unknown;
}

/** Knows every route and pattern with the permission that it names, and refuses one that names none. */
@Injectable()
export class EndpointAudit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** @throws Error that lists every handler without `Endpoint` or `Public` */
  handlers(): DeclaredHandler[] {
    const found: DeclaredHandler[] = [];
    const nameless: string[] = [];
    for (const { instance, metatype } of this.discovery.getControllers()) {
      if (typeof instance !== 'object' || instance === null || !metatype) continue;
      const prototype: unknown = Object.getPrototypeOf(instance);
      if (typeof prototype !== 'object' || prototype === null) continue;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const method: unknown = Reflect.get(prototype, name);
        if (typeof method !== 'function') continue;
        const types: unknown = Reflect.getMetadata('design:paramtypes', prototype, name);
        const takes: unknown = Array.isArray(types) ? types[0] : undefined;
        for (const [transport, address] of addressesOf(metatype, method)) {
          const endpoint = endpointOf(method);
          if (endpoint === undefined) nameless.push(`${address} (${metatype.name}.${name})`);
          else found.push({ transport, address, endpoint, takes });
        }
      }
    }
    if (nameless.length > 0) throw new Error(`these handlers name no permission: ${nameless.join(', ')}`);
    return found;
  }
}

function addressesOf(controller: object, method: object): (readonly ['http' | 'message', string])[] {
  const addresses: (readonly ['http' | 'message', string])[] = [];
  const verb: unknown = Reflect.getMetadata(METHOD_METADATA, method);
  if (typeof verb === 'number') {
    const path = [Reflect.getMetadata(PATH_METADATA, controller), Reflect.getMetadata(PATH_METADATA, method)]
      .map((part: unknown) => String(part).replace(/^\/|\/$/g, ''))
      .filter((part) => part !== '')
      .join('/');
    addresses.push(['http', `${RequestMethod[verb]} /${path}`]);
  }
  const patterns: unknown = Reflect.getMetadata(PATTERN_METADATA, method);
  if (Array.isArray(patterns)) for (const pattern of patterns) addresses.push(['message', String(pattern)]);
  return addresses;
}
