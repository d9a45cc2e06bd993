import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import type { JobAnswer, JobPage, JobView } from './dto/answers.dto.js';
import { CreateJobBody, JobPath, ListJobsQuery } from './dto/job.dto.js';
import { jobEndpoints } from './jobs.endpoints.js';
import { JobListsService } from './jobs.lists.service.js';
import { JobsService } from './jobs.service.js';

@Controller()
export class JobsMessageController {
  constructor(
    private readonly jobs: JobsService,
    private readonly lists: JobListsService,
  ) {}

  @MessageEndpoint(jobEndpoints.create)
  create(@Payload('data') data: CreateJobBody, @CurrentCaller() caller: Caller): Promise<JobAnswer> {
    return this.jobs.create(caller, data);
  }

  @MessageEndpoint(jobEndpoints.list)
  list(@Payload('data') data: ListJobsQuery, @CurrentCaller() caller: Caller): Promise<JobPage> {
    return this.lists.list(caller, data);
  }

  @MessageEndpoint(jobEndpoints.get)
  get(@Payload('data') data: JobPath, @CurrentCaller() caller: Caller): Promise<JobView> {
    return this.jobs.get(caller, data);
  }

  @MessageEndpoint(jobEndpoints.retry)
  retry(@Payload('data') data: JobPath, @CurrentCaller() caller: Caller): Promise<JobAnswer> {
    return this.jobs.retry(caller, data);
  }

  @MessageEndpoint(jobEndpoints.cancel)
  async cancel(@Payload('data') data: JobPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.jobs.cancel(caller, data);
    return null;
  }
}
