// Sessions begun, read, changed and listed: a process of its own that is its contender's client, or over HTTP the load generator.
//   session-load.mjs <dialect> <its place as JSON>
import { Failures } from './failures.mjs';
import { endWithParent, inWindow, runPlans, timed, untilOver, withParties } from './plans.mjs';
import { dialects } from './session-dialects.mjs';
import { Tally } from './tally.mjs';

const GOOD = 200;
const MAKERS = 64;
/** The most that a worker makes in a second are far fewer. */
const NUMBERS = 100_000_000;
const [dialect, place] = process.argv.slice(2);

endWithParent();
const { newParty, settled } = await dialects[dialect](JSON.parse(place));
// Numbers that another process on the same Redis hardly has, so that each session has a user of its own.
let last = process.pid * 1_000_003;
const newNumber = () => ++last % NUMBERS;
let made;

runPlans({
  /** Each of `connections` workers begins one session after the other. The last of each is read afterwards. */
  async create(plan) {
    const latest = [];
    const step = (party, worker) => async () => {
      latest[worker] = await party.create(newNumber());
    };
    const check = (parties) => Promise.all(latest.map((kept, worker) => parties[worker].read(kept)));
    return await measured(plan, step, { check, settled });
  },

  read: (plan) => withMade(plan, (party, kept) => party.read(kept)),

  change: (plan) => withMade(plan, (party, kept) => party.change(kept)),

  /** All sessions of the user `userId`, of which there are `count`. */
  list: (plan) => measured(plan, (party) => () => party.list(plan.userId, plan.count)),
});

/** Does `work` to the sessions that were made before, `plan.sessions`; no two workers ever have the same one. */
async function withMade(plan, work) {
  made ??= await makeSessions(plan.sessions);
  return await measured(plan, (party, worker) => {
    const own = made.filter((_kept, at) => at % plan.connections === worker);
    let next = 0;
    return () => work(party, own[next++ % own.length]);
  });
}

async function makeSessions(count) {
  const sessions = [];
  await withParties(Math.min(MAKERS, count), newParty, (parties) =>
    Promise.all(
      parties.map(async (party, maker) => {
        for (let at = maker; at < count; at += parties.length) sessions[at] = await party.create(newNumber());
      }),
    ),
  );
  await settled();
  return sessions;
}

async function measured(plan, stepOf, { check, settled: untilSettled } = {}) {
  const tally = new Tally([GOOD]);
  const failures = new Failures();
  return await withParties(plan.connections, newParty, async (parties) => {
    const start = (isOver) =>
      parties.map((party, worker) => untilOver(isOver, failures, timed(tally, GOOD, stepOf(party, worker))));
    await inWindow(plan, tally, start, untilSettled);
    await check?.(parties).catch((error) => failures.failed(`afterwards: ${error.message}`));
    return { ...tally.result(), errors: failures.errors() };
  });
}
