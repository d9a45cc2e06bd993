/** What `GET /metrics` shows. */
export interface Metrics {
  readonly text: string;
  readonly contentType: string;
  /** Names with their labels, as they are written. */
  names(): string[];
  /** The value of the series whose name and labels are those of `series`, in any order; 0 if there is none. */
  valueOf(series: string): number;
}

export async function metricsOf(url: string): Promise<Metrics> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const values = new Map(lines.map((line) => [normal(line.slice(0, line.lastIndexOf(' '))), line]));
  return {
    text,
    contentType: response.headers.get('content-type') ?? '',
    names: () => lines.map((line) => line.slice(0, line.lastIndexOf(' '))),
    valueOf: (series) => Number(values.get(normal(series))?.split(' ').at(-1) ?? 0),
  };
}

function normal(series: string): string {
  const [name = '', labels = ''] = series.replace('}', '').split('{');
  return `${name}{${labels.split(',').sort().join(',')}}`;
}
