// The service with jobs that go on for a little time after their effect, in which it may be killed.
//   LINGER_MS  the longest of these times
//   TWICE=1    does what each job is for twice, as after a crash of which nothing is noted
//   NAIVE=1    gives the effect of each run an operation of its own, as anybody would who does not know of the job's
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { JobKinds } from '../../dist/features/jobs/jobs.kinds.js';
import { runProgram } from '../../dist/program.js';

const { LINGER_MS = '0', TWICE, NAIVE } = process.env;
const { run } = JobKinds.prototype;

JobKinds.prototype.run = async function (one) {
  const times = TWICE === '1' ? 2 : 1;
  let result;
  for (let time = 0; time < times; time++) {
    result = await run.call(this, NAIVE === '1' ? { ...one, operationId: randomUUID() } : one);
  }
  await pause(NAIVE === '1' ? Number(LINGER_MS) : Math.random() * Number(LINGER_MS));
  return result;
};

await runProgram({});
