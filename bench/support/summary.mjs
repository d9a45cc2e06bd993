import { median, spread } from './statistics.mjs';

const FIGURES = [
  'rate',
  'meanMs',
  'p50Ms',
  'p99Ms',
  'serverMicros',
  'redisMicros',
  'serverCores',
  'redisCores',
  'generatorCores',
  'rssBytes',
];

/**
 * Medians of each contender's rounds, errors and missed requests of all of them, and how its rounds compare with the
 * reference's.
 * @param {Record<string, object[]>} measured measurements by contender, one a round
 * @param {string} reference a contender's name
 */
export function summarise(measured, reference) {
  return Object.entries(measured).map(([name, rounds]) => ({
    name,
    ...Object.fromEntries(
      FIGURES.map((figure) => [figure, median(known(rounds.map((round) => round[figure])))]),
    ),
    peakRssBytes: Math.max(...rounds.map(({ peakRssBytes }) => peakRssBytes)),
    servedShare: median(rounds.map(servedShare)),
    missed: rounds.reduce((sum, round) => sum + round.missed, 0),
    errors: added(rounds.map(({ errors }) => errors)),
    statuses: added(rounds.map(({ statuses }) => statuses)),
    rateRatio: ratio(measured, name, reference, 'rate'),
    serverRatio: ratio(measured, name, reference, 'serverMicros'),
    meanRatio: ratio(measured, name, reference, 'meanMs'),
  }));
}

/** The same, with how latencies compare. */
export function summariseWithLatencies(measured, reference) {
  return summarise(measured, reference).map((row) => ({
    ...row,
    p50Ratio: ratio(measured, row.name, reference, 'p50Ms'),
    p99Ratio: ratio(measured, row.name, reference, 'p99Ms'),
  }));
}

/** How a figure compares with the reference's of the same round: the median of the ratios, and their middle half. */
export function ratio(measured, name, reference, figure) {
  return spread(known(measured[name].map((round, at) => round[figure] / measured[reference][at][figure])));
}

/** By how much a figure exceeds the other's of the same round: the median of the differences, and their middle half. */
export function difference(measured, name, other, figure) {
  return spread(known(measured[name].map((round, at) => round[figure] - measured[other][at][figure])));
}

/** Without the rounds that had no answer, of which there is nothing to say by answer. */
const known = (values) => values.filter(Number.isFinite);

/** The part of the requests that were due which was sent and answered well. */
function servedShare({ offered, missed, errors }) {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return offered === 0 ? 0 : Math.max(0, 1 - (missed + failed) / offered);
}

/** Sums of counts by name. */
export function added(counts) {
  const sums = {};
  for (const each of counts) {
    for (const [kind, count] of Object.entries(each)) sums[kind] = (sums[kind] ?? 0) + count;
  }
  return sums;
}
