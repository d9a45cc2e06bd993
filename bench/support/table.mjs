const MIB = 2 ** 20;

/** A number as a table shows it: three figures that matter, thousands in groups. */
export function figure(value) {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const digits = size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const mebibytes = (bytes) => figure(bytes / MIB);

/** `1.19 (1.15–1.24)`: a median and the middle half. */
export function spreadText({ median, low, high }) {
  if (!Number.isFinite(median)) return figure(median);
  return `${figure(median)} (${figure(low)}–${figure(high)})`;
}

/** `0`, or each kind with its count. */
export function countsText(counts) {
  const kinds = Object.entries(counts);
  return kinds.length === 0 ? '0' : kinds.map(([kind, count]) => `${figure(count)} × ${kind}`).join(', ');
}

/**
 * A Markdown table.
 * @param {readonly [title: string, cell: (row: object) => string][]} columns the first is a name, the others figures
 */
export function table(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(([title]) => title)),
    line(columns.map((_column, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map((row) => line(columns.map(([, cell]) => cell(row)))),
  ].join('\n');
}

/** The columns that every comparison of contenders has. */
export const contenderColumns = (reference) => [
  ['contender', ({ name }) => name],
  ['requests/s', ({ rate }) => figure(rate)],
  [`× *${reference}*`, ({ rateRatio }) => spreadText(rateRatio)],
  ['mean ms', ({ meanMs }) => figure(meanMs)],
  ['p50 ms', ({ p50Ms }) => figure(p50Ms)],
  ['p99 ms', ({ p99Ms }) => figure(p99Ms)],
  ['server CPU µs', ({ serverMicros }) => figure(serverMicros)],
  [`CPU × *${reference}*`, ({ serverRatio }) => spreadText(serverRatio)],
  ['Redis CPU µs', ({ redisMicros }) => figure(redisMicros)],
  ['RSS MiB', ({ rssBytes }) => mebibytes(rssBytes)],
  ['peak MiB', ({ peakRssBytes }) => mebibytes(peakRssBytes)],
  ['generator, cores', ({ generatorCores }) => figure(generatorCores)],
  ['errors', ({ errors }) => countsText(errors)],
];

/** Of contenders whose clients are what is measured; `what` is done. */
export const clientColumns = (reference, what) => [
  ['contender', ({ name }) => name],
  [`${what}/s`, ({ rate }) => figure(rate)],
  [`× *${reference}*`, ({ rateRatio }) => spreadText(rateRatio)],
  ['p50 ms', ({ p50Ms }) => figure(p50Ms)],
  ['p99 ms', ({ p99Ms }) => figure(p99Ms)],
  ['client CPU µs', ({ serverMicros }) => figure(serverMicros)],
  [`CPU × *${reference}*`, ({ serverRatio }) => spreadText(serverRatio)],
  ['Redis CPU µs', ({ redisMicros }) => figure(redisMicros)],
  ['client, cores', ({ serverCores }) => figure(serverCores)],
  ['Redis, cores', ({ redisCores }) => figure(redisCores)],
  ['errors', ({ errors }) => countsText(errors)],
];

/** Of one server over HTTP under several loads. */
export const serverColumns = (what) => [
  ['', ({ name }) => name],
  [`${what}/s`, ({ rate }) => figure(rate)],
  ['p50 ms', ({ p50Ms }) => figure(p50Ms)],
  ['p99 ms', ({ p99Ms }) => figure(p99Ms)],
  ['server CPU µs', ({ serverMicros }) => figure(serverMicros)],
  ['Redis CPU µs', ({ redisMicros }) => figure(redisMicros)],
  ['generator, cores', ({ generatorCores }) => figure(generatorCores)],
  ['errors', ({ errors }) => countsText(errors)],
];
