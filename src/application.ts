import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type AdminKeyNotice, BootstrapKey } from './access/bootstrap-key.js';
import { type DeclaredHandler, EndpointAudit } from './access/endpoint-audit.js';
import { AppModule, type Extensions } from './app.module.js';
import type { Settings } from './config/setting-specs.js';
import { newMessageConnection } from './redis/message-connection.js';
import { checkRedisTls } from './redis/redis-tls.js';
import { Durability } from './redis/durability.js';
import { RedisGateway } from './redis/redis-gateway.js';
import { explainedStart } from './redis/start-failure.js';
import { FrameworkLog } from './telemetry/framework-log.js';
import { limitSuccesses, setLogLevel } from './telemetry/log.js';
import { limitBodies } from './transport/http/body-room.js';
import { allowOrigins } from './transport/http/cors.js';
import { describeOperations } from './transport/http/describe-api.js';
import { answerWithDurability } from './transport/http/durable-writes.js';
import { createHttpAdapter } from './transport/http/http-adapter.js';
import { limitShutdown } from './transport/http/limit-shutdown.js';
import { initWithLeanRoutes } from './transport/http/lean-routes.js';
import { measureRequests } from './transport/http/measure-requests.js';
import { MethodNotAllowed } from './transport/http/method-not-allowed.js';
import { limitRequests } from './transport/http/request-limits.js';
import { nameEndpoints } from './transport/http/route-endpoints.js';
import { answerOnlyOperations } from './transport/http/worker-only.js';
import type { TlsFiles } from './transport/http/tls.js';
import { MessageClaims } from './transport/messages/message-claims.js';
import { SingleDeliveryServer } from './transport/messages/single-delivery-server.js';
import { limitAddresses } from './transport/rate-limiting/limit-addresses.js';
import { RequestLimiter } from './transport/rate-limiting/request-limiter.js';
import { ServiceLimits } from './transport/rate-limiting/service-limits.js';
import { takeUpgrades } from './transport/websocket/upgrades.js';
import { ServiceSecret } from './transport/pagination/service-secret.js';

/** A service that is wired, connected and ready to listen. */
export interface Application {
  readonly nest: NestFastifyApplication;
  readonly adminKey: AdminKeyNotice;
  readonly openApi: OpenAPIObject;
}

/**
 * Builds the hybrid application: HTTP on Fastify, messages over Redis, and the same globals on both. Messages
 * are answered from here on; `nest.listen` opens the HTTP port.
 * @throws Error if a handler names no permission, a script does not fit its descriptor, or Redis stays away
 */
export async function createApplication(
  settings: Settings,
  extensions: Extensions = {},
): Promise<Application> {
  setLogLevel(settings.LOG_LEVEL);
  limitSuccesses(settings.LOG_SUCCESSES, settings.LOG_SLOW_MS);
  // Here, because what fails while Nest builds its providers is logged by Nest, with a stack.
  checkRedisTls(settings);
  const adapter = createHttpAdapter({
    trustedProxies: settings.TRUSTED_PROXIES,
    limits: {
      clientTimeoutMs: settings.CLIENT_TIMEOUT_MS,
      maxConnections: settings.MAX_CONNECTIONS,
      maxConnectionsPerAddress: settings.MAX_CONNECTIONS_PER_ADDRESS,
    },
    tls: tlsFilesOf(settings),
  });
  const notAllowed = new MethodNotAllowed();
  notAllowed.record(adapter);
  const nest = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(settings, extensions),
    adapter,
    {
      logger: new FrameworkLog(),
      bodyParser: false,
      abortOnError: false,
    },
  );
  try {
    limitShutdown(nest, settings.SHUTDOWN_GRACE_MS);
    const handlers = nest.get(EndpointAudit).handlers();
    nameEndpoints(adapter, handlers);
    measureRequests(adapter);
    allowOrigins(adapter, settings.CORS_ORIGINS);
    limitAddresses(adapter, { limits: nest.get(ServiceLimits), limiter: nest.get(RequestLimiter) });
    limitRequests(adapter);
    answerWithDurability(adapter, {
      durability: nest.get(Durability),
      locksElsewhere: settings.LOCK_REDIS_URLS !== undefined,
    });
    takeUpgrades(adapter);
    if (settings.ROLE === 'worker') answerOnlyOperations(adapter);
    limitBodies(adapter, settings.BODY_MEMORY_BYTES);
    await nest.get(RedisGateway).untilReachable(settings.REDIS_START_WAIT_MS);
    await nest.get(ServiceSecret).load();
    const adminKey = await nest.get(BootstrapKey).ensure();
    if (settings.ROLE !== 'worker') takeMessages(nest, settings);
    const openApi = describeApi(nest, handlers);
    SwaggerModule.setup('docs', nest, openApi, {
      jsonDocumentUrl: 'openapi.json',
      yamlDocumentUrl: 'openapi.yaml',
    });
    await initWithLeanRoutes(nest);
    notAllowed.complete(adapter);
    await nest.startAllMicroservices();
    return { nest, adminKey, openApi };
  } catch (error) {
    await nest.close();
    throw explainedStart(error);
  }
}

/** Messages over the Redis transport, each answered by one process, under the same globals as requests. */
function takeMessages(nest: NestFastifyApplication, settings: Settings): void {
  nest.connectMicroservice(
    {
      strategy: new SingleDeliveryServer({
        claims: nest.get(MessageClaims),
        connect: (role) => newMessageConnection(settings, role),
        graceMs: settings.SHUTDOWN_GRACE_MS,
      }),
    },
    { inheritAppConfig: true },
  );
}

function tlsFilesOf({ TLS_CERT: cert, TLS_KEY: key }: Settings): TlsFiles | undefined {
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

function describeApi(nest: NestFastifyApplication, handlers: readonly DeclaredHandler[]): OpenAPIObject {
  const config = new DocumentBuilder().setOpenAPIVersion('3.1.0').setTitle('Fulcrum').setVersion('1').build();
  const document = SwaggerModule.createDocument(nest, config, { autoTagControllers: false });
  return describeOperations(document, handlers);
}
