/** The key that every contender knows; it may do everything. */
export const API_KEY = 'fk_bench_0123456789abcdef0123456789abcdef';

/** A score for one of 100,000 members of one board: most of them are there already, and most change their rank. */
export const submission = {
  method: 'POST',
  path: '/v1/leaderboards/bench/submissions',
  headers: { authorization: `Bearer ${API_KEY}` },
  body: '{"member":"member-<random:5>","score":1<random:6>}',
};
