// The routes of a submission and of the first entries on Nest and Fastify, with those of the service's layers that
// LAYERS names, comma-separated: gateway, validation, access, limits, telemetry. Module, classes and globals are the
// service's own; what is left out is left out of them.
import 'reflect-metadata';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Module,
  Param,
  Post,
  type Provider,
  Query,
  Req,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type * as CallSource from '../../src/access/call-source.js';
import type * as Endpoint from '../../src/access/endpoint.js';
import type * as EndpointAudit from '../../src/access/endpoint-audit.js';
import type * as AppModule from '../../src/app.module.js';
import type * as ProcessEnvironment from '../../src/config/process-environment.js';
import type * as BoardDto from '../../src/features/leaderboards/dto/board.dto.js';
import type * as EntryDto from '../../src/features/leaderboards/dto/entry.dto.js';
import type * as SubmissionDto from '../../src/features/leaderboards/dto/submission.dto.js';
import type * as Endpoints from '../../src/features/leaderboards/leaderboards.endpoints.js';
import type * as Rankings from '../../src/features/leaderboards/leaderboards.rankings.service.js';
import type * as Submissions from '../../src/features/leaderboards/leaderboards.submissions.service.js';
import type * as Gateway from '../../src/redis/redis-gateway.js';
import type * as MeasureRequests from '../../src/transport/http/measure-requests.js';
import type * as RouteEndpoints from '../../src/transport/http/route-endpoints.js';
import type * as ServiceSecret from '../../src/transport/pagination/service-secret.js';
import type * as LimitAddresses from '../../src/transport/rate-limiting/limit-addresses.js';
import type * as Limiter from '../../src/transport/rate-limiting/request-limiter.js';
import type * as Limits from '../../src/transport/rate-limiting/service-limits.js';
import { built, setting } from './built.js';
import { nobody } from './nobody.js';
import { RedisWork } from './redis-work.js';

const feature = 'features/leaderboards';
const { AppModule: Service } = await built<typeof AppModule>('app.module.js');
const { callerOf } = await built<typeof CallSource>('access/call-source.js');
const { Endpoint: OnEndpoint } = await built<typeof Endpoint>('access/endpoint.js');
const { EndpointAudit: Audit } = await built<typeof EndpointAudit>('access/endpoint-audit.js');
const { settingsOfThisProcess } = await built<typeof ProcessEnvironment>('config/process-environment.js');
const { BoardPath } = await built<typeof BoardDto>(`${feature}/dto/board.dto.js`);
const { PageQuery } = await built<typeof EntryDto>(`${feature}/dto/entry.dto.js`);
const { SubmissionBody } = await built<typeof SubmissionDto>(`${feature}/dto/submission.dto.js`);
const { leaderboardEndpoints } = await built<typeof Endpoints>(`${feature}/leaderboards.endpoints.js`);
const { RankingsService } = await built<typeof Rankings>(`${feature}/leaderboards.rankings.service.js`);
const { SubmissionsService } = await built<typeof Submissions>(
  `${feature}/leaderboards.submissions.service.js`,
);
const { RedisGateway } = await built<typeof Gateway>('redis/redis-gateway.js');
const { measureRequests } = await built<typeof MeasureRequests>('transport/http/measure-requests.js');
const { nameEndpoints } = await built<typeof RouteEndpoints>('transport/http/route-endpoints.js');
const { ServiceSecret: Secret } = await built<typeof ServiceSecret>('transport/pagination/service-secret.js');
const { limitAddresses } = await built<typeof LimitAddresses>('transport/rate-limiting/limit-addresses.js');
const { RequestLimiter } = await built<typeof Limiter>('transport/rate-limiting/request-limiter.js');
const { ServiceLimits } = await built<typeof Limits>('transport/rate-limiting/service-limits.js');

const layers = new Set(setting('LAYERS').split(','));
/**
 * Which layer a global of the service belongs to; one that is not here costs nothing where nothing goes wrong. The
 * service has its interceptor on messages alone.
 */
const layerOfGlobal: Readonly<Record<string, string>> = {
  StrictValidationPipe: 'validation',
  AccessGuard: 'access',
  CallerThrottlerGuard: 'limits',
  TelemetryInterceptor: 'messages',
};

// Declared here, since Nest learns from this file alone what type a parameter has.
class Path extends BoardPath {}
class Score extends SubmissionBody {}
class Page extends PageQuery {}

/** What is behind the routes, below which there are as many layers as are wanted. */
interface Scores {
  submit(request: object, path: Path, score: Score): Promise<object>;
  top(request: object, path: Path, page: Page): Promise<object>;
}
const SCORES = Symbol('scores');

@Controller('layers/:board')
class LayeredController {
  constructor(@Inject(SCORES) private readonly scores: Scores) {}

  @Post('submissions')
  @HttpCode(200)
  @OnEndpoint(leaderboardEndpoints.submit)
  submit(@Param() path: Path, @Body() score: Score, @Req() request: object): Promise<object> {
    return this.scores.submit(request, path, score);
  }

  @Get('entries')
  @OnEndpoint(leaderboardEndpoints.page)
  top(@Param() path: Path, @Query() page: Page, @Req() request: object): Promise<object> {
    return this.scores.top(request, path, page);
  }
}

@Module({})
class LayeredModule {}

const work = await RedisWork.start({ autoPipelining: true });
const direct: Scores = {
  submit: (_request, { board }, score) => work.submit(nobody, board, score),
  top: (_request, { board }, { limit }) => work.top(nobody, board, Number(limit)),
};
/** The same, bounded in time and never sent twice. */
const throughGateway = (gateway: Gateway.RedisGateway): Scores => ({
  submit: (...args) => gateway.execute(() => direct.submit(...args), { repeatable: false }),
  top: (...args) => gateway.execute(() => direct.top(...args), { repeatable: true }),
});
/** The service's named operations, which log, measure and trace. */
const asOperations = (
  submissions: Submissions.SubmissionsService,
  rankings: Rankings.RankingsService,
): Scores => ({
  submit: (request, path, score) => submissions.submit(caller(request), { ...score, ...path }),
  top: (request, path, page) => rankings.page(caller(request), { ...page, ...path }),
});

function caller(request: object) {
  const found = callerOf(request);
  if (found === undefined) throw new Error('telemetry comes after access');
  return found;
}

const service = Service.forRoot(settingsOfThisProcess());
const adapter = new FastifyAdapter();
const nest = await NestFactory.create<NestFastifyApplication>(
  {
    ...service,
    module: LayeredModule,
    global: true,
    controllers: [LayeredController],
    providers: [
      ...(service.providers ?? []).filter(isWanted),
      {
        provide: SCORES,
        inject: [RedisGateway, SubmissionsService, RankingsService],
        useFactory: (
          gateway: Gateway.RedisGateway,
          submissions: Submissions.SubmissionsService,
          rankings: Rankings.RankingsService,
        ) => {
          if (layers.has('telemetry')) return asOperations(submissions, rankings);
          return layers.has('gateway') ? throughGateway(gateway) : direct;
        },
      },
    ],
  },
  adapter,
  { logger: ['error', 'warn'] },
);
if (layers.has('limits')) {
  nameEndpoints(adapter, nest.get(Audit).handlers());
  limitAddresses(adapter, { limits: nest.get(ServiceLimits), limiter: nest.get(RequestLimiter) });
}
if (layers.has('telemetry')) measureRequests(adapter);
await nest.get(RedisGateway).untilReachable(10_000);
await nest.get(Secret).load();
await nest.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
process.stderr.write(`${await nest.getUrl()}\n`);

function isWanted(provider: Provider): boolean {
  if (typeof provider === 'function') return true;
  const made: unknown = 'useExisting' in provider ? provider.useExisting : Reflect.get(provider, 'useClass');
  const layer = typeof made === 'function' ? layerOfGlobal[made.name] : undefined;
  return layer === undefined || layers.has(layer);
}
