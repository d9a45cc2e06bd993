import { Module } from '@nestjs/common';
import { SealedHeaders } from './jobs.headers.js';
import { JobsKeys } from './jobs.keys.js';
import { JobResealing } from './jobs.resealing.js';

/** What it takes to put the headers of jobs under another key, and nothing that runs jobs. */
@Module({ providers: [JobResealing, JobsKeys, SealedHeaders] })
export class JobsResealingModule {}
