import { parsePromQl, type Matcher } from './promql.js';

/** What a service has on its page of metrics. */
export interface ServedMetrics {
  /** By name, `_bucket`, `_sum` and `_count` of a histogram included: the values of each label. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** By the name that it was defined with, also of what has no value yet: counter, gauge or histogram. */
  readonly types: ReadonlyMap<string, string>;
}

/** Labels that scrape.yaml gives every series. */
const OF_THE_TARGET: ReadonlyMap<string, readonly string[]> = new Map([
  ['job', ['fulcrum']],
  ['instance', ['api-1:3000', 'worker:3000']],
  ['role', ['api', 'worker']],
]);
/** Labels whose values are codes of errors, of which a service that is well has only a few. */
const OF_CODES = new Set(['code', 'outcome']);
const OPERATIONS = 'fulcrum_operation_duration_seconds_count';
const GROWING_ONLY = new Set(['rate', 'increase', 'irate']);

/** Reads the text format of Prometheus. */
export function parseMetrics(page: string): ServedMetrics {
  const values = new Map<string, Map<string, Set<string>>>();
  const types = new Map<string, string>();
  for (const line of page.split('\n')) {
    const [, typed = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (typed !== '') types.set(typed, type);
    const [, name = '', labels = ''] = /^(\w+)([ {].*)$/.exec(line) ?? [];
    if (name === '') continue;
    const known = values.get(name) ?? new Map<string, Set<string>>();
    values.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
  // What Prometheus adds itself.
  return { values: new Map([...values, ['up', new Map()]]), types };
}

/** What an expression asks for that a service does not serve, or never will; `codes` are those of all errors. */
export function promQlProblems(text: string, served: ServedMetrics, codes: readonly string[]): string[] {
  const { errors, selectors, grouping } = parsePromQl(text);
  if (errors.length > 0) return errors.map((where) => `no PromQL: ${where}`);
  const operations = [...(served.values.get(OPERATIONS)?.get('operation') ?? [])];
  const problems = selectors.flatMap(({ metric, matchers, ofRange }) => {
    const labels = served.values.get(metric);
    if (labels === undefined) return [`there is no metric ${metric === '' ? text : metric}`];
    const wrongRange = ofRange !== undefined && GROWING_ONLY.has(ofRange) && !grows(metric, served);
    const fromAll = matchers.some(({ label }) => label === 'job') ? [] : [`${metric} of any job`];
    return [
      ...fromAll,
      ...(wrongRange ? [`${ofRange} of ${metric}, which does not only grow`] : []),
      ...matchers.flatMap((matcher) => matcherProblems(metric, matcher, labels, { codes, operations })),
    ];
  });
  const known = new Set(selectors.flatMap(({ metric }) => labelsOf(metric, served)));
  return [
    ...problems,
    ...grouping.filter((label) => !known.has(label)).map((label) => `nothing has a label ${label}`),
  ];
}

/** The labels of what an expression asks for. */
export function labelsIn(text: string, served: ServedMetrics): Set<string> {
  return new Set(parsePromQl(text).selectors.flatMap(({ metric }) => labelsOf(metric, served)));
}

function grows(metric: string, { types }: ServedMetrics): boolean {
  const type = types.get(metric) ?? types.get(metric.replace(/_(bucket|sum|count)$/, ''));
  return type === 'counter' || type === 'histogram';
}

function labelsOf(metric: string, { values }: ServedMetrics): string[] {
  return [...(values.get(metric)?.keys() ?? []), ...OF_THE_TARGET.keys()];
}

/** A matcher has to fit a value that there is, each of its alternatives one: also what is left out has to be there. */
function matcherProblems(
  metric: string,
  { label, operator, value }: Matcher,
  labels: ReadonlyMap<string, ReadonlySet<string>>,
  { codes, operations }: Readonly<Record<'codes' | 'operations', readonly string[]>>,
): string[] {
  const given = OF_THE_TARGET.get(label) ?? labels.get(label);
  if (given === undefined) return [`${metric} has no label ${label}`];
  const values = [
    ...given,
    ...(OF_CODES.has(label) ? codes : []),
    // A request has the name of its operation; of the latter all are there from the start.
    ...(label === 'operation' ? operations : []),
  ];
  const alternatives = operator.endsWith('~') ? value.split('|') : [value];
  return alternatives
    .filter((alternative) => {
      const pattern = operator.endsWith('~') ? new RegExp(`^(?:${alternative})$`) : undefined;
      return !values.some((each) => pattern?.test(each) ?? each === alternative);
    })
    .map((alternative) => `${metric} has no ${label} ${alternative}`);
}
