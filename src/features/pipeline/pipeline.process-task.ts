import { Injectable } from '@nestjs/common';
import { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { type Task, Tasks } from '../../effects/tasks.js';
import { pipelineEndpoints } from './pipeline.endpoints.js';
import { checkedPayload, PipelineService } from './pipeline.service.js';

/** To process a payload, as work that somebody else starts: `pipeline.process`. */
@Injectable()
export class ProcessTask implements Task {
  readonly kind = 'pipeline.process';

  constructor(
    tasks: Tasks,
    private readonly pipeline: PipelineService,
  ) {
    tasks.register(this);
  }

  check(caller: Caller, payload: object): Record<string, unknown> {
    const checked = checkedPayload(payload);
    requirePermission(caller, pipelineEndpoints.processPayload, '');
    return { ...checked };
  }

  /** The payload's id makes it once: whoever comes second is told what it has become. */
  async run(tenant: string, payload: unknown): Promise<unknown> {
    return await this.pipeline.processPayload(Caller.inProcess(tenant), payload);
  }
}
