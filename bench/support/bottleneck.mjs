const BUSY_GENERATOR = 0.9;
const LEAST_IDLE = 0.05;
const MOST_STEAL = 0.05;

/** What else than the server can limit a figure. */
const LIMITS = [
  {
    what: 'the load generator was the limit (its core busy)',
    holds: ({ generatorCores }) => generatorCores >= BUSY_GENERATOR,
  },
  {
    what: 'the machine was the limit (less than 5 % idle)',
    holds: ({ machine }) => machine.idle < LEAST_IDLE,
  },
  {
    what: 'the host took more than 5 % of the cores’ time away',
    holds: ({ machine }) => machine.steal > MOST_STEAL,
  },
];

/**
 * Sentences about what limited the figures besides the servers; none if nothing did.
 * @param {string} load
 * @param {Record<string, object[]>} measured measurements by contender, one a round
 */
export function bottlenecks(load, measured) {
  return LIMITS.flatMap(({ what, holds }) => {
    const found = Object.entries(measured).flatMap(([name, rounds]) => {
      const count = rounds.filter(holds).length;
      return count === 0 ? [] : [`*${name}* in ${count} of ${rounds.length} rounds`];
    });
    return found.length === 0 ? [] : [`${load}: ${what}: ${found.join('; ')}.`];
  });
}
