import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/endpoint.js';
import { registry } from '../../telemetry/metrics.js';
import { sharedMetrics } from '../../telemetry/shared-metrics.js';
import { HealthService } from './health.service.js';

@Controller()
export class HealthHttpController {
  constructor(private readonly health: HealthService) {}

  /** Whether the process runs. */
  @Get('health/live')
  @Public()
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** Whether requests can be answered: Redis reachable, scripts loaded. */
  @Get('health/ready')
  @Public()
  async ready(): Promise<{ status: string; checks: Record<string, 'ok'> }> {
    return { status: 'ok', checks: await this.health.ready() };
  }

  /** Metrics in the Prometheus text format; of all processes that share the port, added up. */
  @Get('metrics')
  @Public()
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', registry.contentType);
    return await sharedMetrics();
  }
}
