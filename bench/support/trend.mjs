import { median } from './statistics.mjs';

/** Neighbouring samples are alike; the means of so many parts of a series hardly are. */
const PARTS = 12;
/** Student's t for 10 degrees of freedom, beyond which a slope is by chance once in a hundred times. */
const SURE = 3.17;
/** A change over the whole series that is no matter, as a share of its middle. */
const NEGLIGIBLE = 0.02;

/**
 * Whether a series is level: the slope of a regression through the means of its parts, against what these scatter.
 * @param {readonly {seconds: number, value: number}[]} samples
 * @returns {{median: number, change: number, noise: number, verdict: 'flat' | 'rises' | 'falls' | 'unknown'}} `change` from
 *   the first to the last sample by the slope, `noise` what of it could be chance
 */
export function trend(samples) {
  const known = samples.filter(({ value }) => Number.isFinite(value));
  const middle = median(known.map(({ value }) => value));
  if (known.length < 2 * PARTS) return { median: middle, change: NaN, noise: NaN, verdict: 'unknown' };
  const parts = Array.from({ length: PARTS }, (_part, at) => {
    const of = known.slice(
      Math.floor((at * known.length) / PARTS),
      Math.floor(((at + 1) * known.length) / PARTS),
    );
    return { seconds: mean(of.map(({ seconds }) => seconds)), value: mean(of.map(({ value }) => value)) };
  });
  const { slope, error } = regression(parts);
  const span = known.at(-1).seconds - known[0].seconds;
  const [change, noise] = [slope * span, SURE * error * span];
  const isFlat = Math.abs(change) <= Math.max(noise, NEGLIGIBLE * Math.abs(middle));
  return { median: middle, change, noise, verdict: isFlat ? 'flat' : change > 0 ? 'rises' : 'falls' };
}

function regression(points) {
  const [x, y] = [mean(points.map(({ seconds }) => seconds)), mean(points.map(({ value }) => value))];
  const sum = (of) => points.reduce((total, point) => total + of(point), 0);
  const squares = sum(({ seconds }) => (seconds - x) ** 2);
  const slope = sum(({ seconds, value }) => (seconds - x) * (value - y)) / squares;
  const residual = sum(({ seconds, value }) => (value - y - slope * (seconds - x)) ** 2);
  return { slope, error: Math.sqrt(residual / (points.length - 2) / squares) };
}

const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;
