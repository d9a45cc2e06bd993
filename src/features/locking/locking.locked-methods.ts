import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { lockedMethodOf, resourceFor } from '../../effects/locked.js';
import { markedMethods } from '../../effects/marked-methods.js';
import { LocksService } from './locking.locks.service.js';

/** Puts the methods that `@Locked` marks under their locks. */
@Injectable()
export class LockedMethods implements OnModuleInit {
  constructor(
    private readonly locks: LocksService,
    readonly discovery: DiscoveryService,
    readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    for (const { options, name, instance } of markedMethods(this, lockedMethodOf)) {
      const { resource, method, ...rest } = options;
      const locked = (...args: unknown[]) =>
        this.locks.using(
          [resourceFor(resource, method, args)],
          rest,
          async () => await method.apply(instance, args),
        );
      Object.defineProperty(instance, name, { value: locked, configurable: true });
    }
  }
}
