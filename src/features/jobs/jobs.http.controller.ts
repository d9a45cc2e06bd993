import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { JobAnswer, JobPage, JobView } from './dto/answers.dto.js';
import { CreateJobBody, JobPath, ListJobsQuery } from './dto/job.dto.js';
import { jobEndpoints } from './jobs.endpoints.js';
import { JobListsService } from './jobs.lists.service.js';
import { JobsService } from './jobs.service.js';

@Controller('v1/jobs')
export class JobsHttpController {
  constructor(
    private readonly jobs: JobsService,
    private readonly lists: JobListsService,
  ) {}

  /**
   * Create a job, which a worker does as soon as it can, later, or again and again. Its effect takes place once, however often
   * it is run; of an `http.request` that holds only for a receiver that looks at the `Idempotency-Key` it is sent with.
   */
  @Post()
  @HttpCode(202)
  @Endpoint(jobEndpoints.create)
  create(@Body() body: CreateJobBody, @CurrentCaller() caller: Caller): Promise<JobAnswer> {
    return this.jobs.create(caller, body);
  }

  /**
   * The tenant's jobs: of one state, or of all, one after the other. Those that wait come in the order in which they are taken,
   * those for later by their time, and those that ended from the last one on. The cursor of a page of jobs that wait or run is stale
   * once all jobs around its end have left: begin again.
   */
  @Get()
  @Endpoint(jobEndpoints.list)
  list(@Query() query: ListJobsQuery, @CurrentCaller() caller: Caller): Promise<JobPage> {
    return this.lists.list(caller, query);
  }

  /** A job. One that ended is known for a while, which the service's settings say. */
  @Get(':id')
  @Endpoint(jobEndpoints.get)
  get(@Param() path: JobPath, @CurrentCaller() caller: Caller): Promise<JobView> {
    return this.jobs.get(caller, path);
  }

  /** Have a failed job tried again, all its attempts from the first. */
  @Post(':id/retry')
  @HttpCode(202)
  @Endpoint(jobEndpoints.retry)
  retry(@Param() path: JobPath, @CurrentCaller() caller: Caller): Promise<JobAnswer> {
    return this.jobs.retry(caller, path);
  }

  /** Remove a job that does not run, or end a schedule: a run of it that has begun goes on. */
  @Delete(':id')
  @HttpCode(204)
  @Endpoint(jobEndpoints.cancel)
  cancel(@Param() path: JobPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.jobs.cancel(caller, path);
  }
}
