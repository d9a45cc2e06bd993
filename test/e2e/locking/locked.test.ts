import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelListener } from '../../../src/effects/channel-listener.js';
import { heldLock, Locked, type LockedOptions } from '../../../src/effects/locked.js';
import { AppError } from '../../../src/errors/app-error.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

const OPTIONS: LockedOptions = { ttlMs: 5000 };
const ORDER = 'payment_processing:{orderId}';

/** What is locked where it is called. */
const lockedNow = (): readonly string[] => heldLock()?.resources ?? [];
const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : String(error));

/** As the decorators do it for a class in src/, the last one first; tests are not compiled for them. */
function decorate(prototype: object, name: string, ...decorators: readonly MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor === undefined) throw new Error(`${name} is no method`);
  for (const decorator of decorators.toReversed()) decorator(prototype, name, descriptor);
  Object.defineProperty(prototype, name, descriptor);
}

/** What runs in all instances of `Payments`, in all services of this process. */
let running = 0;
let most = 0;

class Payments {
  readonly done: string[] = [];

  async byName(_amount: number, orderId: string | number | bigint) {
    this.done.push(String(orderId));
    return lockedNow();
  }

  async byField(_amount: number, _order: { readonly orderId?: unknown }) {
    return lockedNow();
  }

  async byIndex(..._all: readonly unknown[]) {
    return lockedNow();
  }

  async afterDefaults(_list = [1, 2], _sum = Math.max(1, 2), _text = 'a,(b', orderId = 'none') {
    this.done.push(orderId);
    return lockedNow();
  }

  async afterPatterns({ id: _id }: { id: number }, [_a, _b]: readonly number[], orderId: string) {
    this.done.push(orderId);
    return lockedNow();
  }

  async ofField({ orderId }: { orderId: string }) {
    this.done.push(orderId);
    return lockedNow();
  }

  async slowly(orderId: string) {
    most = Math.max(most, ++running);
    await pause(5);
    running--;
    return orderId;
  }

  async fail(orderId: string) {
    await pause(1);
    throw new Error(`of ${orderId}`);
  }

  plainly(orderId: string): unknown {
    return `${orderId} ${lockedNow().join()}`;
  }

  async overridden(orderId: string) {
    this.done.push(orderId);
    return lockedNow();
  }
}

/** Overrides methods of another one in each way there is. */
class LatePayments extends Payments {
  override async byName(_amount: number, _orderId: string) {
    return lockedNow();
  }

  override async overridden(orderId: string) {
    expect(lockedNow()).toEqual([]);
    return await super.overridden(orderId);
  }

  override async slowly(orderId: string) {
    return `${orderId} ${lockedNow().join()}`;
  }
}

class Listener {
  readonly heard: unknown[] = [];
  below(event: { data?: unknown }) {
    this.heard.push([event.data, ...lockedNow()]);
  }
  above(event: { data?: unknown }) {
    this.heard.push([event.data, ...lockedNow()]);
  }
}

class Office {
  async open(orderId: string) {
    return [orderId, ...lockedNow()];
  }
}

class PaymentsModule {}

decorate(Payments.prototype, 'byName', Locked(ORDER, OPTIONS));
decorate(Payments.prototype, 'byField', Locked(ORDER, OPTIONS));
decorate(Payments.prototype, 'byIndex', Locked('{1}:{0}', OPTIONS));
decorate(Payments.prototype, 'afterDefaults', Locked(ORDER, OPTIONS));
decorate(Payments.prototype, 'afterPatterns', Locked(ORDER, OPTIONS));
decorate(Payments.prototype, 'ofField', Locked(ORDER, OPTIONS));
decorate(Payments.prototype, 'slowly', Locked(ORDER, { ttlMs: 5000, waitMs: 20_000 }));
decorate(Payments.prototype, 'fail', Locked(ORDER, OPTIONS));
decorate(Payments.prototype, 'plainly', Locked(ORDER, OPTIONS));
decorate(Payments.prototype, 'overridden', Locked(ORDER, OPTIONS));
decorate(LatePayments.prototype, 'slowly', Locked('late:{orderId}', OPTIONS));
decorate(Office.prototype, 'open', Locked('office:{0}', OPTIONS));
const [heard, lockedThen] = [ChannelListener({ channel: 'locked' }), Locked('by-listener', OPTIONS)];
decorate(Listener.prototype, 'below', lockedThen, heard);
decorate(Listener.prototype, 'above', heard, Locked('by-other-listener', OPTIONS));
for (const provider of [Payments, LatePayments, Listener]) Injectable()(provider);
Controller()(Office);
Module({
  providers: [Payments, LatePayments, Listener, { provide: 'second', useClass: Payments }],
  controllers: [Office],
})(PaymentsModule);

let topology: Topology;
const services: TestService[] = [];
let payments: Payments;

beforeAll(async () => {
  topology = await startTopology();
  for (let number = 0; number < 2; number++)
    services.push(await startService(topology.settings, { modules: [PaymentsModule] }));
  payments = of(0, Payments);
});

afterAll(async () => {
  for (const service of services) await service.stop();
  await topology?.stop();
});

function of<T>(service: number, provider: (new () => T) | string): T {
  const found: T | undefined = services[service]?.application.nest.get<T>(provider, { strict: false });
  if (found === undefined) throw new Error('there is no such service');
  return found;
}

const admin = () => services[0]?.admin ?? expect.fail('no service');
const look = async (resource: string) =>
  (await admin().get(`/v1/locks/resources/${resource}`)).body as Readonly<Record<string, unknown>>;
const isHeld = async (resource: string) => (await look(resource)).held;

describe('a locked method', () => {
  it('runs under the lock that its arguments name', async () => {
    expect(await payments.byName(1, 'order_123')).toEqual(['payment_processing:order_123']);
    expect(await payments.byName(1, 7)).toEqual(['payment_processing:7']);
    expect(await payments.byName(1, 7n)).toEqual(['payment_processing:7']);
    expect(await payments.byField(1, { orderId: 'a' })).toEqual(['payment_processing:a']);
    expect(await payments.byIndex('a', 2)).toEqual(['2:a']);
    expect(await payments.afterDefaults(undefined, 3, '', 'b')).toEqual(['payment_processing:b']);
    expect(await payments.afterPatterns({ id: 1 }, [1, 2], 'c')).toEqual(['payment_processing:c']);
    expect(await payments.ofField({ orderId: 'd' })).toEqual(['payment_processing:d']);
    expect(payments.done).toEqual(['order_123', '7', '7', 'b', 'c', 'd']);
    for (const order of ['order_123', '7', 'a', 'b', 'c', 'd'])
      expect(await isHeld(`payment_processing:${order}`)).toBe(false);
  });

  it('gives a promise, and throws what it throws', async () => {
    expect(await payments.plainly('x')).toBe('x payment_processing:x');
    await expect(payments.fail('y')).rejects.toThrow('of y');
    expect(await isHeld('payment_processing:y')).toBe(false);
  });

  it('is not called without a value for each placeholder', async () => {
    const before = payments.done.length;
    const missing = 'the call has no text or number for {orderId}';
    for (const value of [undefined, null, '', Number.NaN, {}, ['a'], true])
      await expect(payments.byName(1, value as string)).rejects.toThrow(missing);
    await expect(payments.byField(1, {})).rejects.toThrow(missing);
    await expect(payments.byField(1, { orderId: {} })).rejects.toThrow(missing);
    await expect(payments.afterDefaults()).rejects.toThrow(missing);
    await expect(payments.byIndex('a')).rejects.toThrow('{1}');
    expect(payments.done.length).toBe(before);
  });

  it('is not called for what makes no name', async () => {
    for (const bad of ['a b', 'a/b', 'ä', 'x'.repeat(120), 'a\nb']) {
      expect(await payments.byName(1, bad).catch(codeOf)).toBe('request.invalid');
    }
  });

  it('is refused while somebody else has the lock', async () => {
    const body = { resources: ['payment_processing:taken'], ttlMs: 10_000 };
    const lock = await admin().post('/v1/locks', body);
    expect(await payments.byName(1, 'taken').catch(codeOf)).toBe('locking.held');
    const waiting = payments.slowly('taken');
    const isWaiting = async () => (await look('payment_processing:taken')).waiting === 1;
    await waitUntil('it waits', isWaiting);
    await admin().delete(`/v1/locks/${lock.body.lockId}`);
    expect(await waiting).toBe('taken');
  });

  it('runs once at a time, in however many services', async () => {
    const all = [of(0, Payments), of(1, Payments), of<Payments>(1, 'second')];
    const calls = all.flatMap((each) => Array.from({ length: 10 }, () => each.slowly('one')));
    expect(await Promise.all(calls)).toEqual(Array<string>(30).fill('one'));
    expect(most).toBe(1);
    await Promise.all(Array.from({ length: 10 }, (_each, at) => payments.slowly(`many-${at}`)));
    expect(most).toBeGreaterThan(1);
  });

  it('is one of its own instance', async () => {
    const second = of<Payments>(0, 'second');
    expect(second).not.toBe(payments);
    await second.byName(1, 'of-second');
    expect(second.done).toEqual(['of-second']);
    expect(payments.done).not.toContain('of-second');
  });

  it('throws outside of an application that has started', async () => {
    const early = new Payments();
    await expect(early.byName(1, 'a')).rejects.toThrow('byName is locked in an application that has started');
    expect(early.done).toEqual([]);
    const { byName } = payments;
    await expect(byName(1, 'a')).rejects.toThrow('byName is locked');
  });

  it('is locked for a subclass as far as that calls it', async () => {
    const late = of(0, LatePayments);
    expect(await late.byName(1, 'a')).toEqual([]);
    expect(await late.overridden('a')).toEqual(['payment_processing:a']);
    expect(await late.slowly('a')).toBe('a late:a');
    expect(await late.byField(1, { orderId: 'a' })).toEqual(['payment_processing:a']);
  });

  it('may be one of a controller', async () => {
    expect(await of(0, Office).open('x')).toEqual(['x', 'office:x']);
  });

  it('is what other decorators made of it, above it or below', async () => {
    const listeners = [of(0, Listener), of(1, Listener)];
    const sent = await admin().post('/v1/channels/locked/messages', { data: 'news' });
    expect(sent.status).toBe(201);
    const all = () => listeners.flatMap(({ heard: those }) => those);
    // Each of the two services has both, and only one of them gets a lock that is not waited for at a time.
    await waitUntil('both heard', () => new Set(all().map((each) => JSON.stringify(each))).size === 2);
    for (const each of [
      ['news', 'by-listener'],
      ['news', 'by-other-listener'],
    ])
      expect(all()).toContainEqual(each);
  });
});
