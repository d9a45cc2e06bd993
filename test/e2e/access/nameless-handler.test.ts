import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../../src/app.module.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { createHttpAdapter } from '../../../src/transport/http/http-adapter.js';
import { ApiClient } from '../../support/api-client.js';
import { ADMIN_KEY, startService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

// Vitest compiles decorators under src/ alone, so here they are called.
function decorate(type: new () => object, onType: ClassDecorator, onRead: MethodDecorator): void {
  const read = Object.getOwnPropertyDescriptor(type.prototype, 'read');
  if (read) onRead(type.prototype as object, 'read', read);
  onType(type);
}

class NamelessRoute {
  read(): string {
    return 'unguarded';
  }
}
decorate(NamelessRoute, Controller('v1/nameless'), Get(':thing'));

class NamelessPattern {
  read(): string {
    return 'unguarded';
  }
}
decorate(NamelessPattern, Controller(), MessagePattern('nameless.thing.get'));

class NamelessEvent {
  read(): void {}
}
decorate(NamelessEvent, Controller(), EventPattern('nameless.thing.happened') as MethodDecorator);

let topology: Topology;

beforeAll(async () => {
  topology = await startTopology();
});

afterAll(async () => {
  await topology.stop();
});

/** Gives the application controllers besides its own, as a module that someone adds would. */
function addControllers(...controllers: (new () => object)[]): void {
  Module({ controllers })(AppModule);
}

afterEach(() => addControllers());

describe('a handler that names no permission', () => {
  it.each([
    ['route', NamelessRoute, 'GET /v1/nameless/:thing (NamelessRoute.read)'],
    ['message pattern', NamelessPattern, 'nameless.thing.get (NamelessPattern.read)'],
    ['event pattern', NamelessEvent, 'nameless.thing.happened (NamelessEvent.read)'],
  ])('stops the boot: %s', async (_kind, controller, named) => {
    addControllers(controller);
    await expect(startService(topology.settings)).rejects.toThrow(
      `these handlers name no permission: ${named}`,
    );
  });

  it('is named with every other one', async () => {
    addControllers(NamelessRoute, NamelessPattern);
    await expect(startService(topology.settings)).rejects.toThrow(
      /NamelessRoute\.read.*NamelessPattern\.read/,
    );
  });

  it('starts again without it', async () => {
    const service = await startService(topology.settings);
    expect((await service.admin.get('/v1/me')).status).toBe(200);
    await service.stop();
  });

  it('is refused to everyone even where nobody looked at boot', async () => {
    const service = await startService(topology.settings);
    await service.stop();
    addControllers(NamelessRoute);
    const settings = loadSettings({ ...topology.settings, LOG_LEVEL: 'silent' });
    const nest = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot(settings),
      createHttpAdapter(),
      { logger: false, bodyParser: false },
    );
    await nest.listen({ port: 0, host: '127.0.0.1' });
    try {
      const url = (await nest.getUrl()).replace('[::1]', '127.0.0.1');
      const { status, body } = await new ApiClient(url, ADMIN_KEY).get('/v1/nameless/x');
      expect([status, body.code, body.permission]).toEqual([403, 'access.forbidden', 'none']);
      expect((await new ApiClient(url, undefined).get('/v1/nameless/x')).status).toBe(401);
    } finally {
      await nest.close();
    }
  });
});
