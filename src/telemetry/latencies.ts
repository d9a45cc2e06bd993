import {
  Histogram,
  type HistogramConfiguration,
  type MetricObjectWithValues,
  type MetricValueWithName,
} from 'prom-client';

/** Observations under one set of labels. */
export class Series {
  sum = 0;
  /** By bucket, those beyond the last one at the end; not cumulative. */
  readonly counts: Float64Array;

  constructor(
    readonly labels: Readonly<Record<string, string>>,
    private readonly bounds: readonly number[],
  ) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(seconds: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && seconds > Number(bounds[at])) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += seconds;
  }
}

/**
 * A histogram of prom-client whose observers keep their series. prom-client's own looks each observation's labels up by a
 * text that it makes of them, which for a request costs more than all else that is measured of it.
 */
export class Latencies extends Histogram {
  private readonly series = new Map<string, Series>();
  private readonly bounds: readonly number[];
  /** Says what kind of metric this is. */
  private readonly empty: Histogram;

  constructor(
    private readonly configuration: HistogramConfiguration<string> & {
      labelNames: readonly string[];
      buckets: number[];
    },
  ) {
    super(configuration);
    this.bounds = configuration.buckets;
    this.empty = new Histogram({ ...configuration, registers: [] });
  }

  /** The series of these values of the labels, in the order of `labelNames`; worth keeping where many observations come. */
  seriesOf(...values: readonly string[]): Series {
    const key = values.join('\n');
    const standing = this.series.get(key);
    if (standing) return standing;
    const labels = Object.fromEntries(
      this.configuration.labelNames.map((name, at) => [name, values[at] ?? '']),
    );
    const series = new Series(labels, this.bounds);
    this.series.set(key, series);
    return series;
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const { name } = this.configuration;
    const values = [...this.series.values()].flatMap((series) => valuesOf(name, series, this.bounds));
    return { ...(await this.empty.get()), values };
  }

  /** What the text format is written from: the same. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.get();
  }
}

/** A series as prom-client writes it: cumulative buckets, their sum and their count. */
function valuesOf(
  name: string,
  { labels, counts, sum }: Series,
  bounds: readonly number[],
): MetricValueWithName<string>[] {
  let count = 0;
  const value = (suffix: string, amount: number, le?: string | number): MetricValueWithName<string> => ({
    metricName: `${name}_${suffix}`,
    labels: le === undefined ? labels : { le, ...labels },
    value: amount,
  });
  const buckets = [...bounds, '+Inf' as const].map((le, at) =>
    value('bucket', (count += counts[at] ?? 0), le),
  );
  return [...buckets, value('sum', sum), value('count', count)];
}
