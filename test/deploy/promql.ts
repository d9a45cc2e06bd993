import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** The function that takes its range, if it has one: `rate`, say. */
  readonly ofRange: string | undefined;
}

export interface Expression {
  /** Where it is no PromQL. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  /** Labels that are grouped by or matched on. */
  readonly grouping: readonly string[];
}

/** Reads an expression with the grammar of Prometheus' own editor. */
export function parsePromQl(text: string): Expression {
  const errors: string[] = [];
  const grouping: string[] = [];
  const selectors: { metric: string; matchers: Matcher[]; ofRange: string | undefined }[] = [];
  const open: string[] = [];
  const functions: string[] = [];
  parser.parse(text).iterate({
    enter: ({ name, type, from, to }) => {
      const words = text.slice(from, to);
      const selector = selectors.at(-1);
      if (type.isError) errors.push(`${text.slice(0, from)}<here>${text.slice(from)}`);
      if (name === 'FunctionIdentifier') functions[open.length - 1] = words;
      if (name === 'VectorSelector') {
        const call = open.lastIndexOf('FunctionCall');
        const isRange = open.at(-1) === 'MatrixSelector' || open.at(-2) === 'MatrixSelector';
        selectors.push({ metric: '', matchers: [], ofRange: isRange ? functions[call] : undefined });
      }
      if (name === 'Identifier' && selector !== undefined && open.at(-1) === 'VectorSelector')
        selector.metric = words;
      if (name === 'UnquotedLabelMatcher') {
        const [, label = '', operator = '', value = ''] = /^(\w+)\s*(=~|!~|!=|=)\s*(.*)$/s.exec(words) ?? [];
        selector?.matchers.push({ label, operator, value: JSON.parse(value) as string });
      }
      if (name === 'LabelName' && open.at(-1) === 'GroupingLabels') grouping.push(words);
      open.push(name);
    },
    leave: () => {
      functions.length = Math.min(functions.length, open.length - 1);
      open.pop();
    },
  });
  return { errors, selectors, grouping };
}
