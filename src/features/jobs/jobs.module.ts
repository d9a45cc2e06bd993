import { Module } from '@nestjs/common';
import { SealedHeaders } from './jobs.headers.js';
import { HttpRequests } from './jobs.http-requests.js';
import { JobsHttpController } from './jobs.http.controller.js';
import { JobsKeys } from './jobs.keys.js';
import { JobKinds } from './jobs.kinds.js';
import { JobListsService } from './jobs.lists.service.js';
import { MaintenanceWorkers } from './jobs.maintenance.js';
import { JobsMessageController } from './jobs.message.controller.js';
import { JobQueues } from './jobs.queues.js';
import { JobRecords } from './jobs.records.js';
import { JobRunner } from './jobs.runner.js';
import { JobSchedules } from './jobs.schedules.js';
import { JobsService } from './jobs.service.js';
import { JobWorkers } from './jobs.workers.js';

@Module({
  controllers: [JobsHttpController, JobsMessageController],
  providers: [
    HttpRequests,
    JobKinds,
    JobListsService,
    JobQueues,
    JobRecords,
    JobRunner,
    JobSchedules,
    JobsKeys,
    JobsService,
    JobWorkers,
    MaintenanceWorkers,
    SealedHeaders,
  ],
  exports: [JobListsService, JobsService],
})
export class JobsModule {}
