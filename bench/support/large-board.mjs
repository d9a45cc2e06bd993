import { progress } from './progress.mjs';
import { digits } from './services-in-process.mjs';

const BOARD = 'features/leaderboards';
const MEMBERS_A_CALL = 20_000;
const WIDTH = 7;

// Writes what `submit` would have written for members who came one after the other, a microsecond apart.
const PUT_MEMBERS = `
local first, last, arrived = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for from = first, last, 500 do
  local entries, arrivals = {}, {}
  for at = from, math.min(from + 499, last) do
    local member = string.format('member-%0${WIDTH}d', at)
    local arrival = struct.pack('>I7', arrived + at)
    entries[#entries + 1] = string.format('%.17g', -(at * 48271 % 2147483647))
    entries[#entries + 1] = arrival .. member
    arrivals[#arrivals + 1] = member
    arrivals[#arrivals + 1] = arrival
  end
  redis.call('ZADD', KEYS[1], unpack(entries))
  redis.call('HSET', KEYS[2], unpack(arrivals))
end`;

/**
 * Puts `count` members, up to ten million, on a new board with ties by arrival: in Redis itself, since the service
 * would take minutes, and checked through the service.
 */
export async function fillLargeBoard({ of, callerOf }, client, board, count) {
  const submissions = await of(`${BOARD}/leaderboards.submissions.service.js`, 'SubmissionsService');
  const rankings = await of(`${BOARD}/leaderboards.rankings.service.js`, 'RankingsService');
  const keys = await of(`${BOARD}/leaderboards.keys.js`, 'LeaderboardKeys');
  const caller = callerOf();
  // The first one through the service, which makes the board; arrivals after it, in the past of all that follows.
  await submissions.submit(caller, { board, member: memberOf(0), score: 0 });
  const { entries, arrivals } = keys.live(caller.tenant, board);
  const arrived = Date.now() * 1000 - 10 ** WIDTH - 1;
  const bar = progress(`filling ${board}`, count);
  for (let first = 1; first < count; first += MEMBERS_A_CALL) {
    const last = Math.min(count, first + MEMBERS_A_CALL) - 1;
    await client.eval(PUT_MEMBERS, 2, entries, arrivals, first, last, arrived);
    bar.to(last);
  }
  bar.done();
  const { rank } = await rankings.entry(caller, { board, member: memberOf(0) });
  const { total } = await rankings.page(caller, { board });
  if (total !== count || rank !== count) throw new Error(`${board} is not the board that it should be`);
}

const memberOf = (index) => `member-${digits(index, WIDTH)}`;
