import { Injectable } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import type { ChannelItem } from './messaging.items.js';
import { type Position, positionOf, positionText } from './messaging.position.js';

/** Where a connection is in all of its channels. */
export interface Vector {
  readonly positions: ReadonlyMap<string, Position>;
  /** Instant by Redis' clock, in ms, up to which all was had of channels that are not listed; undefined without patterns. */
  readonly until: number | undefined;
}

const MAX_LENGTH = 12_288;

/** Positions in many channels as one signed text, which a client gives back to go on where it was. */
@Injectable()
export class EventCursors {
  constructor(private readonly cursors: Cursors) {}

  encode(tenant: string, { positions, until }: Vector): string {
    const parts = [until === undefined ? '' : String(until)];
    for (const [channel, position] of positions) parts.push(channel, positionText(position));
    return this.cursors.encode(scopeOf(tenant), parts);
  }

  /** The vector of a connection that has the item's channel alone. */
  encodeOne(tenant: string, { channel, position }: ChannelItem): string {
    return this.cursors.encode(scopeOf(tenant), ['', channel, positionText(position)]);
  }

  /** Undefined if `text` was not made here, or by a service whose secret was lost with its Redis. */
  decode(tenant: string, text: string): Vector | undefined {
    const parts = this.genuine(tenant, text);
    if (parts === undefined) return undefined;
    const positions = new Map<string, Position>();
    for (let at = 1; at + 1 < parts.length; at += 2) {
      const position = positionOf(parts[at + 1] ?? '');
      if (position !== undefined) positions.set(parts[at] ?? '', position);
    }
    return { positions, until: parts[0] === '' ? undefined : Number(parts[0]) };
  }

  private genuine(tenant: string, text: string): string[] | undefined {
    try {
      return this.cursors.decode(scopeOf(tenant), text, MAX_LENGTH);
    } catch (error) {
      if (error instanceof AppError && error.kind === 'invalid') return undefined;
      throw error;
    }
  }
}

const scopeOf = (tenant: string) => ['messaging.events', tenant];
