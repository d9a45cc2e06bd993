// The baseline: Nest as its documentation shows it, on Express, with a guard, the ValidationPipe, an interceptor that
// logs each request, and an ioredis client with its defaults. The same work in Redis, in two trips.
import 'reflect-metadata';
import {
  Body,
  type CallHandler,
  Controller,
  type ExecutionContext,
  HttpCode,
  HttpException,
  Injectable,
  Logger,
  Module,
  type NestInterceptor,
  Param,
  Post,
  Req,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Observable, tap } from 'rxjs';
import { ApiKeyGuard, type IdentifiedRequest, SubmissionBody } from './nest-submissions.js';
import { RedisWork } from './redis-work.js';
import type { SubmissionAnswer } from './service-scripts.js';

@Injectable()
class RequestLog implements NestInterceptor {
  private readonly logger = new Logger('HTTP');

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, url } = context.switchToHttp().getRequest<{ method: string; url: string }>();
    const started = Date.now();
    return next.handle().pipe(tap(() => this.logger.log(`${method} ${url} ${Date.now() - started} ms`)));
  }
}

@Controller('v1/leaderboards')
@UseGuards(ApiKeyGuard)
@UseInterceptors(RequestLog)
class SubmissionsController {
  constructor(private readonly work: RedisWork) {}

  @Post(':board/submissions')
  @HttpCode(200)
  async submit(
    @Param('board') board: string,
    @Body() body: SubmissionBody,
    @Req() request: IdentifiedRequest,
  ): Promise<SubmissionAnswer> {
    if (!(await this.work.take(request.ip, request.caller)))
      throw new HttpException('Too Many Requests', 429);
    return await this.work.submit(request.caller, board, body);
  }
}

const work = await RedisWork.start({ autoPipelining: false });

@Module({ controllers: [SubmissionsController], providers: [{ provide: RedisWork, useValue: work }] })
class BaselineModule {}

const nest = await NestFactory.create<NestExpressApplication>(BaselineModule);
nest.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
// Nest passes a port and a host on alone; the backlog is the same for all contenders.
await nest.init();
const server = nest.getHttpServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object')
    process.stderr.write(`http://127.0.0.1:${address.port}\n`);
});
