import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { lockCallsOf, type LockRunner } from '../../effects/locked.js';
import { LocksService } from './locking.locks.service.js';

/** Runs the methods that `@Locked` marks under their locks. */
@Injectable()
export class LockedMethods implements OnModuleInit {
  constructor(
    private readonly locks: LocksService,
    private readonly discovery: DiscoveryService,
  ) {}

  onModuleInit(): void {
    const run: LockRunner = (resource, options, work) => this.locks.using([resource], options, work);
    for (const { instance } of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      if (typeof instance === 'object' && instance !== null) lockCallsOf(instance as object, run);
    }
  }
}
