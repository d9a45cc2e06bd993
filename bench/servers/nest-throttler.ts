// Nest on Fastify with @nestjs/throttler and the storage that keeps its counts in Redis, three throttlers by name.
//   LIMITER  none or throttler, which admits LIMIT requests a second by address, credential and tenant
import 'reflect-metadata';
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { Body, Controller, HttpCode, Module, Param, Post, Req, ValidationPipe } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { setting } from './built.js';
import { ApiKeyGuard, type IdentifiedRequest, SubmissionBody } from './nest-submissions.js';
import { RedisWork } from './redis-work.js';
import type { SubmissionAnswer } from './service-scripts.js';

@Controller('v1/leaderboards')
class SubmissionsController {
  constructor(private readonly work: RedisWork) {}

  @Post(':board/submissions')
  @HttpCode(200)
  async submit(
    @Param('board') board: string,
    @Body() body: SubmissionBody,
    @Req() request: IdentifiedRequest,
  ): Promise<SubmissionAnswer> {
    return await this.work.submit(request.caller, board, body);
  }
}

const work = await RedisWork.start({ autoPipelining: true });
const isLimited = setting('LIMITER') === 'throttler';

function throttler(name: string, limit: number, tracker: (request: IdentifiedRequest) => string) {
  const getTracker = (request: object) => tracker(request as IdentifiedRequest);
  return { name, limit, ttl: 1000, getTracker };
}

@Module({
  imports: isLimited
    ? [
        ThrottlerModule.forRoot({
          throttlers: [
            throttler('address', Number(setting('LIMIT')), ({ ip }) => ip),
            throttler('credential', Number(setting('LIMIT')), ({ caller }) => caller.actor),
            throttler('tenant', Number(setting('LIMIT')), ({ caller }) => caller.tenant),
          ],
          storage: new ThrottlerStorageRedisService(work.redis),
        }),
      ]
    : [],
  controllers: [SubmissionsController],
  providers: [
    { provide: RedisWork, useValue: work },
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    ...(isLimited ? [{ provide: APP_GUARD, useClass: ThrottlerGuard }] : []),
  ],
})
class ThrottledModule {}

const nest = await NestFactory.create<NestFastifyApplication>(ThrottledModule, new FastifyAdapter(), {
  logger: ['error', 'warn'],
});
nest.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
await nest.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
process.stderr.write(`${await nest.getUrl()}\n`);
