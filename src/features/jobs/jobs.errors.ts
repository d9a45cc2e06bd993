import { AppError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('jobs', {
  'job-not-found': ['not-found', 'There is no such job'],
  active: ['conflict', 'The job is running'],
  'not-failed': ['conflict', 'The job has not failed'],
  'of-schedule': ['conflict', 'The job is the next run of a schedule'],
});

export const jobNotFound = (id: string) =>
  new AppError(definitions['job-not-found'], `There is no job ${id}, or none any more.`);

export const jobActive = (id: string) =>
  new AppError(definitions.active, `The job ${id} is running; it can be cancelled before and removed after.`);

export const jobNotFailed = (id: string) =>
  new AppError(definitions['not-failed'], `The job ${id} has not failed, so there is nothing to retry.`);

export const jobOfSchedule = (id: string) =>
  new AppError(
    definitions['of-schedule'],
    `The job ${id} is the next run of a schedule; cancel the schedule instead.`,
  );
