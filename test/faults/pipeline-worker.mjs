// The service with a processor that counts each payload on a leaderboard and then takes a little time, in which it may be killed.
// With NAIVE=1 it counts as anybody would, without the key of the payload's step.
import { setTimeout as pause } from 'node:timers/promises';
import { Caller } from '../../dist/access/caller.js';
import { SubmissionsService } from '../../dist/features/leaderboards/leaderboards.submissions.service.js';
import { runProgram } from '../../dist/program.js';

const LONGEST_MS = 200;

class CountingProcessor {
  constructor(submissions) {
    this.submissions = submissions;
  }

  async processPayload({ id, value }, { tenant, callerFor }) {
    const caller = process.env.NAIVE === '1' ? Caller.inProcess(tenant) : callerFor('count');
    await this.submissions.submit(caller, { board: 'counted', member: id, score: 1, operator: 'increment' });
    await pause(Math.random() * LONGEST_MS);
    return { doubled: value * 2 };
  }
}

// As the compiler notes it for a class in src/.
Reflect.defineMetadata('design:paramtypes', [SubmissionsService], CountingProcessor);
await runProgram({ payloadProcessor: CountingProcessor });
