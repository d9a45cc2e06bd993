/** The key that every contender knows; it may do everything. */
export const API_KEY = 'fk_bench_0123456789abcdef0123456789abcdef';

export const credential = { authorization: `Bearer ${API_KEY}` };

/** A score for one of 100,000 members of one board: most of them are there already, and most change their rank. */
export const submission = {
  method: 'POST',
  path: '/v1/leaderboards/bench/submissions',
  headers: credential,
  body: '{"member":"member-<random:5>","score":1<random:6>}',
};

/** The first ten entries of a board. */
export const topPage = (board = 'bench') => ({
  method: 'GET',
  path: `/v1/leaderboards/${board}/entries?limit=10`,
  headers: credential,
});
