import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { bytesOf, documentsOf, type Loose, type Looser, read, unknownSettings } from './files.js';
import { labelsIn, parseMetrics, promQlProblems, type ServedMetrics } from './served-metrics.js';

const MAX_CONNECTIONS = 30;
const SEEN_LATE = ['nodejs_gc_duration_seconds_sum', 'fulcrum_jobs', 'fulcrum_job_runs_total'];
/** Each comes with a look, or is there from then on: what other tests of the process left is counted over. */
const LEFT = [
  'fulcrum_stream_group_entries{state="lag"} 2',
  'fulcrum_stream_group_entries{state="pending"} 1',
  'fulcrum_stream_group_entries{state="dead"} 1',
  'fulcrum_stream_group_largest_lag 2',
  'fulcrum_lock_waiters 1',
];
const alerts = documentsOf(read('deploy/prometheus/alerts.yaml'))[0] ?? {};
const dashboard = JSON.parse(read('deploy/grafana/fulcrum.json')) as Loose;
const codes = [...read('docs/errors.md').matchAll(/^\| `([a-z-]+\.[a-z-]+)`/gm)].map(([, code = '']) => code);

let redis: TestRedis;
let service: TestService;
let served: ServedMetrics;
let before: string;
let servedText: string;
/** Settles when the service ends. */
let waiting: Promise<unknown>;

beforeAll(async () => {
  redis = await startRedis();
  service = await startService({
    REDIS_URL: redis.serviceUrl,
    RATE_LIMIT_TENANT: '90/1',
    MAX_CONNECTIONS: String(MAX_CONNECTIONS),
  });
  before = String((await service.as(undefined).get('/metrics')).body);
  await service.as(undefined).get('/v1/leaderboards/a/entries');
  await failJob();
  await leaveWork();
  await waitUntil('a request over the limit', async () => {
    return (
      (await service.admin.post('/v1/leaderboards/a/submissions', { member: 'm', score: 1 })).status === 429
    );
  });
  await openTooMany();
  // Jobs are counted every 15 s, by what works on them.
  served = await waitUntil(
    'a garbage collection, and counts of jobs and of what is left for groups',
    () => pageWith(SEEN_LATE),
    {
      timeoutMs: 45_000,
      everyMs: 500,
    },
  );
});

afterAll(async () => {
  await service?.stop();
  await waiting;
  await redis?.stop();
});

/** Opens connections until one is closed at once, and closes them all. */
async function openTooMany(): Promise<void> {
  const { hostname, port } = new URL(service.url);
  const sockets: Socket[] = [];
  let closed = 0;
  for (let each = 0; each <= MAX_CONNECTIONS; each += 1) {
    const socket = connect(Number(port), hostname).on('close', () => (closed += 1));
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
  }
  await waitUntil('a connection is refused', () => closed > 0);
  for (const socket of sockets) socket.destroy();
}

/** A job that fails for good: its stream takes no numbers. */
async function failJob(): Promise<void> {
  await service.admin.put('/v1/streams/texts', { schema: { type: 'string' } });
  const payload = { stream: 'texts', data: 1 };
  const { status } = await service.admin.post('/v1/jobs', { kind: 'streams.append', payload });
  expect(status).toBeLessThan(300);
}

/** A group that is given one of its three entries and loses another, a denied charge, and somebody who waits for a lock. */
async function leaveWork(): Promise<void> {
  const { admin } = service;
  const group = '/v1/streams/left/groups/workers';
  await admin.put(group, { maxDeliveries: 1 });
  for (let n = 0; n < 4; n++) await admin.post('/v1/streams/left/entries', { data: { n } });
  const [lost] = (await admin.post(`${group}/receive`, { consumer: 'a', limit: 1 })).body.entries as Looser[];
  await admin.post(`${group}/nack`, { consumer: 'a', ids: [lost?.id] });
  await admin.post(`${group}/receive`, { consumer: 'a', limit: 1 });
  await admin.put('/v1/rate-limits/once', { capacity: 1, refillTokens: 1, refillIntervalMs: 3_600_000 });
  for (let n = 0; n < 3; n++) await admin.post('/v1/rate-limits/once/consume', { key: 'k' });
  const lock = { resources: ['left'], ttlMs: 60_000 };
  await admin.post('/v1/locks', lock);
  const wait = async () => {
    while ((await admin.post('/v1/locks', { ...lock, waitMs: 20_000 })).status === 423);
  };
  waiting = wait().catch(() => undefined);
}

/** The page of metrics, once it has all of these. */
async function pageWith(names: readonly string[]): Promise<ServedMetrics | undefined> {
  servedText = String((await service.as(undefined).get('/metrics')).body);
  const page = parseMetrics(servedText);
  const isLeft = LEFT.every((line) => servedText.includes(`\n${line}\n`));
  if (isLeft && names.every((name) => page.values.has(name))) return page;
  // Something to collect.
  Array.from({ length: 1e6 }, (_each, at) => ({ at }));
  return undefined;
}

const problemsOf = (expression: string): string[] => promQlProblems(filledIn(expression), served, codes);

/** An expression of the dashboard with its variables filled in, as Grafana does for "All". */
function filledIn(expression: string): string {
  const variables = (dashboard.templating.list as Looser[]).map(({ name }) => String(name));
  return expression.replace(/\$(\w+)/g, (all, name: string) => {
    if (name === '__rate_interval') return '1m';
    return variables.includes(name) ? '.*' : all;
  });
}

interface Asked {
  readonly where: string;
  readonly expression: string;
  /** Text with labels in it. */
  readonly words: string;
}

const panels = (dashboard.panels as Loose[]).filter(({ type }) => type !== 'row');
const ofPanels: Asked[] = panels.flatMap(({ title, targets }) =>
  (targets as Looser[]).map(({ expr, legendFormat }) => ({
    where: String(title),
    expression: String(expr),
    words: String(legendFormat),
  })),
);
const rules = (alerts.groups as Looser[]).flatMap((group) => group.rules as Loose[]);
const ofAlerts: Asked[] = rules.map(({ alert, expr, annotations }) => ({
  where: String(alert),
  expression: String(expr),
  words: `${annotations.summary} ${annotations.description}`,
}));

describe('the metrics', () => {
  it.each(LEFT)('tell %s', (line) => {
    expect(servedText.split('\n')).toContain(line);
  });

  it('count charges on policies by what was decided', () => {
    const charges = (decision: string) => decisionsIn(servedText, decision) - decisionsIn(before, decision);
    expect([charges('allowed'), charges('denied')]).toEqual([1, 2]);
  });
});

const decisionsIn = (page: string, decision: string): number => {
  const name = `fulcrum_rate_limit_decisions_total{decision="${decision}",decidedBy="redis"} `;
  const line = page.split('\n').find((each) => each.startsWith(name));
  return Number(line?.slice(name.length) ?? 0);
};

describe('what the dashboard and the alerts ask for', () => {
  it.each([...ofPanels, ...ofAlerts])('$where: is served', ({ expression, words }) => {
    expect(problemsOf(expression)).toEqual([]);
    const named = [...words.matchAll(/\{\{ ?(?:\$labels\.)?([a-zA-Z]\w*) ?\}\}/g)].map(
      ([, label = '']) => label,
    );
    const known = labelsIn(filledIn(expression), served);
    expect(named.filter((label) => !known.has(label))).toEqual([]);
  });

  it.each([
    [
      'a metric that there is not',
      'rate(fulcrum_requests_total{job="fulcrum"}[5m])',
      'there is no metric fulcrum_requests_total',
    ],
    ['a part of one that it does not have', 'fulcrum_sessions_count{job="fulcrum"}', 'there is no metric'],
    [
      'a label that there is not',
      'fulcrum_redis_up{job="fulcrum", role="api", use="a"}',
      'fulcrum_redis_up has no label use',
    ],
    [
      'a value that there is not',
      'fulcrum_redis_up{job="fulcrum", purpose="command"}',
      'has no purpose command',
    ],
    [
      'an operation that there is not',
      'fulcrum_operation_duration_seconds_count{job="fulcrum", operation=~"locks[.]acquire|locks[.]take"}',
      'has no operation locks[.]take',
    ],
    [
      'an operation left out that there is not',
      'fulcrum_request_duration_seconds_count{job="fulcrum", outcome!="ok"}',
      'has no outcome ok',
    ],
    [
      'a code that there is not',
      'fulcrum_problems_total{job="fulcrum", code="redis.down"}',
      'has no code redis.down',
    ],
    ['a grouping by nothing', 'sum by (pod) (fulcrum_redis_up{job="fulcrum"})', 'nothing has a label pod'],
    ['what others serve, too', 'process_resident_memory_bytes', 'process_resident_memory_bytes of any job'],
    ['another job', 'up{job="fulcrums"}', 'up has no job fulcrums'],
    [
      'a rate of what rises and falls',
      'rate(fulcrum_sessions{job="fulcrum"}[5m])',
      'which does not only grow',
    ],
    ['a parenthesis too few', 'sum(rate(fulcrum_problems_total{job="fulcrum"}[5m])', 'no PromQL'],
    ['no expression', '', 'no PromQL'],
    ['a name in braces', '{__name__="up", job="fulcrum"}', 'there is no metric'],
    ['a variable that there is not', 'up{job="fulcrum", instance=~"$pod"}', 'has no instance $pod'],
  ])('is refused with %s', (_what, expression, problem) => {
    expect(problemsOf(expression).join('\n')).toContain(problem);
  });

  it('covers every metric of the service', () => {
    const asked = [...ofPanels, ...ofAlerts].map(({ expression }) => expression).join('\n');
    const own = [...served.types.keys()].filter((name) => name.startsWith('fulcrum_'));
    expect(own.length).toBeGreaterThan(10);
    expect(own.filter((name) => !asked.includes(name))).toEqual([]);
  });
});

describe('an alert', () => {
  const problems = ({ alert, labels, annotations, ...rule }: Looser): string[] => [
    ...(/^Fulcrum[A-Z]\w+$/.test(alert) ? [] : ['has no name of its own']),
    ...(['critical', 'warning'].includes(labels?.severity) ? [] : ['has no severity']),
    ...(annotations?.summary?.length < 120 ? [] : ['has no summary, or a long one']),
    ...(annotations?.description?.length > 50 ? [] : ['does not say what to do']),
    // What looks back over minutes waits by itself.
    ...(rule.for !== undefined || /\[15m\]/.test(rule.expr) ? [] : ['is raised by one scrape']),
    ...(/^\d+m$/.test(rule.for ?? '1m') ? [] : ['waits for no time']),
  ];

  it.each(rules.map((rule): [string, Loose] => [String(rule.alert), rule]))(
    '%s says how bad it is and what to do',
    (_name, rule) => {
      expect(problems(rule)).toEqual([]);
    },
  );

  it.each([
    ['no severity', { labels: {} }, 'has no severity'],
    ['no summary', { annotations: { description: 'x'.repeat(60) } }, 'has no summary, or a long one'],
    ['nothing to do', { annotations: { summary: 'a', description: 'b' } }, 'does not say what to do'],
    ['no time to pass', { for: undefined }, 'is raised by one scrape'],
  ])('is refused with %s', (_what, change, problem) => {
    expect(problems({ ...rules[0], ...change })).toContain(problem);
  });

  it('is there once', () => {
    expect(new Set(rules.map(({ alert }) => String(alert))).size).toBe(rules.length);
  });

  it('names settings and memory as they are', () => {
    const memory = rules.find(({ alert }) => alert === 'FulcrumMemory')?.expr as string;
    const limits = [
      documentsOf(read('deploy/compose.yaml'))[0]?.services['api-1'].deploy.resources.limits.memory,
      documentsOf(read('deploy/kubernetes/deployment-api.yaml'))[0]?.spec.template.spec.containers[0]
        .resources.limits.memory,
    ].map((limit) => bytesOf(String(limit)));
    expect(limits.map((limit) => memory.endsWith(`0.9 * ${limit}`))).toEqual([true, true]);
    const words = ofAlerts.map(({ words }) => words).join(' ');
    const named = [...words.matchAll(/\b[A-Z]+_[A-Z_]+\b/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(unknownSettings(named)).toEqual([]);
  });
});

describe('scrape.yaml', () => {
  it('gives the targets that compose.yaml has, the job and the role', () => {
    const [compose] = documentsOf(read('deploy/compose.yaml'));
    const [ofCompose, ofKubernetes] = documentsOf(read('deploy/prometheus/scrape.yaml'))[0]
      ?.scrape_configs as Looser[];
    expect(ofCompose.job_name).toBe('fulcrum');
    const targets = (ofCompose.static_configs as Looser[]).flatMap(({ targets: names, labels }) =>
      (names as string[]).map((name) => `${name} ${labels.role}`),
    );
    const services = Object.entries(compose?.services as Record<string, Looser>);
    const expected = services
      .filter(([, { environment }]) => environment?.ROLE !== undefined)
      .map(([name, { environment }]) => `${name}:3000 ${environment.ROLE}`);
    expect(targets).toEqual(expected);
    const relabelled = (ofKubernetes.relabel_configs as Looser[]).map(({ target_label }) =>
      String(target_label),
    );
    expect(relabelled).toEqual(expect.arrayContaining(['job', 'role', 'instance']));
  });
});

describe('the dashboard', () => {
  it('has panels that do not overlap, each with a title, a unit and a query, from the source that was picked', () => {
    const cells = new Set<string>();
    for (const { title, gridPos, fieldConfig, targets, datasource } of panels) {
      expect([title, datasource.uid, typeof fieldConfig.defaults.unit]).toEqual([
        expect.any(String),
        '${datasource}',
        'string',
      ]);
      expect(targets.length).toBeGreaterThan(0);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x as number; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y as number; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells).not.toContain(`${x},${y}`);
          cells.add(`${x},${y}`);
        }
      }
    }
    const ids = (dashboard.panels as Looser[]).map(({ id }) => Number(id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
