/** Bodies at the limits of what is documented, on both sides of them. */
export type LimitCase = readonly [address: string, path: string, body: object];

const board = (body: object): LimitCase => ['PUT /v1/leaderboards/:board', '/v1/leaderboards/limits', body];
const submit = (body: object): LimitCase => [
  'POST /v1/leaderboards/:board/submissions',
  '/v1/leaderboards/limits/submissions',
  body,
];
const lookup = (members: unknown[]): LimitCase => [
  'POST /v1/leaderboards/:board/entries/lookup',
  '/v1/leaderboards/limits/entries/lookup',
  { members },
];
const create = (body: object): LimitCase => [
  'POST /v1/api-keys',
  '/v1/api-keys',
  { name: 'k', roles: [], ...body },
];
const many = (count: number) => Array.from({ length: count }, (_each, at) => `m${at}`);

export const LIMIT_CASES: readonly LimitCase[] = [
  board({}),
  board({ keepSeasons: 0, capacity: 1_000_000_000, reset: null }),
  board({ keepSeasons: 1000, capacity: null }),
  board({ keepSeasons: 1001 }),
  board({ keepSeasons: 1.5 }),
  board({ keepSeasons: null }),
  board({ capacity: 0 }),
  board({ capacity: 1_000_000_001 }),
  board({ order: 'sideways' }),
  board({ operator: 'best', ties: 'member' }),
  board({ denseRanks: 'yes' }),
  board({ reset: { cron: '0 0 * * *' } }),
  board({ reset: { timeZone: 'UTC' } }),
  board({ reset: { cron: '0 0 * * *', extra: 1 } }),
  board({ unknown: 1 }),
  submit({ member: 'x'.repeat(256), score: 1 }),
  submit({ member: 'x'.repeat(257), score: 1 }),
  submit({ member: '', score: 1 }),
  submit({ member: 'a\u0007', score: 1 }),
  submit({ member: 'a', score: 2 ** 53 }),
  submit({ member: 'a', score: -(2 ** 53) }),
  submit({ member: 'a', score: 2 ** 53 + 2 }),
  submit({ member: 'a', score: '1' }),
  submit({ member: 'a' }),
  submit({ score: 1 }),
  submit({ member: 'a', score: 1, metadata: [] }),
  submit({ member: 'a', score: 1, metadata: { any: [1, 'x', null] } }),
  submit({ member: 'a', score: 1, operator: 'add' }),
  submit({ member: 'a', score: 1, unknown: true }),
  lookup([]),
  lookup(many(1000)),
  lookup(many(1001)),
  lookup([1]),
  create({}),
  create({ roles: many(65) }),
  create({ roles: ['reader', 'reader'] }),
  create({ roles: ['-reader'] }),
  create({ tenant: 'x'.repeat(128) }),
  create({ tenant: 'x'.repeat(129) }),
  create({ permissions: ['leaderboards:read'] }),
  create({ permissions: [1] }),
  create({ expiresAt: '2099-01-01T00:00:00Z' }),
  create({ expiresAt: '2099-01-01' }),
];

const STREAM = '/v1/streams/limits';
const GROUP = `${STREAM}/groups/limits`;
const DAY_MS = 86_400_000;

const stream = (body: object): LimitCase => ['PUT /v1/streams/:stream', STREAM, body];
const append = (body: object): LimitCase => ['POST /v1/streams/:stream/entries', `${STREAM}/entries`, body];
const appendBatch = (entries: unknown[]): LimitCase => [
  'POST /v1/streams/:stream/entries/batch',
  `${STREAM}/entries/batch`,
  { entries },
];
const group = (body: object): LimitCase => ['PUT /v1/streams/:stream/groups/:group', GROUP, body];
const onGroup = (what: string, body: object): LimitCase => [
  `POST /v1/streams/:stream/groups/:group/${what}`,
  `${GROUP}/${what}`,
  body,
];
const receive = (body: object) => onGroup('receive', { consumer: 'c', ...body });
const acknowledge = (ids: unknown) => onGroup('ack', { consumer: 'c', ids });
const giveBack = (body: object) => onGroup('nack', { consumer: 'c', ids: ['1-1'], ...body });
const commit = (items: unknown) => onGroup('commit', { consumer: 'c', items });
const seek = (body: object) => onGroup('seek', body);
const replay = (body: object) => onGroup('dead-letters/replay', body);

const ids = (count: number) => Array.from({ length: count }, (_each, at) => `1-${at}`);
const items = (count: number) => ids(count).map((id) => ({ id, deliveries: 1, effects: [] }));
const datas = (count: number) => Array.from({ length: count }, (_each, data) => ({ data }));

/** Of the stream `limits` and its group `limits`. */
export const STREAM_LIMIT_CASES: readonly LimitCase[] = [
  stream({}),
  stream({ maxLength: 1000, maxAgeMs: 1, schema: {} }),
  stream({ maxLength: 0 }),
  stream({ maxLength: 1_000_000_000 }),
  stream({ maxLength: 1_000_000_001 }),
  stream({ maxAgeMs: 0 }),
  stream({ maxAgeMs: 3650 * DAY_MS }),
  stream({ maxAgeMs: 3650 * DAY_MS + 1 }),
  stream({ maxLength: null, maxAgeMs: null, schema: null }),
  stream({ schema: [] }),
  stream({ schema: true }),
  stream({ unknown: 1 }),
  append({ data: null }),
  append({}),
  append({ data: [1, { a: null }], key: 'x'.repeat(256) }),
  append({ data: 1, key: 'x'.repeat(257) }),
  append({ data: 1, key: '' }),
  append({ data: 1, key: 'a\u0007' }),
  append({ data: 1, key: null }),
  append({ data: 1, id: '1-1' }),
  appendBatch([]),
  appendBatch(datas(1000)),
  appendBatch(datas(1001)),
  appendBatch([{}]),
  appendBatch([{ data: 1, more: 1 }]),
  group({}),
  group({ startAt: 'begin', maxDeliveries: 1, visibilityTimeoutMs: 100 }),
  group({ startAt: 'now', maxDeliveries: 1000, visibilityTimeoutMs: DAY_MS }),
  group({ startAt: '1-1' }),
  group({ startAt: '1' }),
  group({ startAt: 'end' }),
  group({ startAt: '' }),
  group({ startAt: '1-1-1' }),
  group({ maxDeliveries: 0 }),
  group({ maxDeliveries: 1001 }),
  group({ maxDeliveries: null }),
  group({ visibilityTimeoutMs: 99 }),
  group({ visibilityTimeoutMs: DAY_MS + 1 }),
  receive({}),
  receive({ limit: 1 }),
  receive({ limit: 1000 }),
  receive({ limit: 0 }),
  receive({ limit: 1001 }),
  receive({ waitMs: 0 }),
  receive({ waitMs: -1 }),
  receive({ waitMs: 20_001 }),
  receive({ consumer: '' }),
  receive({ consumer: 'x'.repeat(128) }),
  receive({ consumer: 'x'.repeat(129) }),
  receive({ consumer: 'a b' }),
  acknowledge([]),
  acknowledge(ids(1000)),
  acknowledge(ids(1001)),
  acknowledge(['1-1', '1-1']),
  acknowledge(['1']),
  acknowledge(['-1-1']),
  acknowledge([`${'9'.repeat(15)}-${'9'.repeat(15)}`]),
  acknowledge([`${'9'.repeat(16)}-1`]),
  acknowledge([1]),
  acknowledge('1-1'),
  giveBack({}),
  giveBack({ delayMs: 0, reason: 'x'.repeat(256) }),
  giveBack({ delayMs: DAY_MS }),
  giveBack({ delayMs: -1 }),
  giveBack({ delayMs: DAY_MS + 1 }),
  giveBack({ reason: '' }),
  giveBack({ reason: 'x'.repeat(257) }),
  giveBack({ reason: 'a\u0007' }),
  commit([]),
  commit(items(100)),
  commit(items(101)),
  commit([
    { id: '1-1', deliveries: 1, effects: Array(16).fill({ kind: 'streams.append', stream: 's', data: 1 }) },
  ]),
  commit([
    { id: '1-1', deliveries: 1, effects: Array(17).fill({ kind: 'streams.append', stream: 's', data: 1 }) },
  ]),
  commit([{ id: '1-1', deliveries: 0, effects: [] }]),
  commit([{ id: '1-1', deliveries: 1_000_000, effects: [] }]),
  commit([{ id: '1-1', deliveries: 1_000_001, effects: [] }]),
  commit([{ id: '1', deliveries: 1, effects: [] }]),
  commit([{ id: '1-1', deliveries: 1 }]),
  commit([{ id: '1-1', deliveries: 1, effects: [1] }]),
  seek({ to: 'begin' }),
  seek({ to: 'now' }),
  seek({ to: '1-1' }),
  seek({ to: '1' }),
  seek({ to: 'end' }),
  seek({}),
  replay({}),
  replay({ ids: ids(1) }),
  replay({ ids: [] }),
  replay({ ids: ids(1001) }),
  replay({ ids: ['1-1', '1-1'] }),
];

const payload = (body: object): LimitCase => ['POST /v1/pipeline/payloads', '/v1/pipeline/payloads', body];
const queued = (body: object): LimitCase => ['POST /v1/pipeline/queue', '/v1/pipeline/queue', body];
const processor = (body: object): LimitCase => ['PUT /v1/pipeline', '/v1/pipeline', body];

export const PIPELINE_LIMIT_CASES: readonly LimitCase[] = [
  ...[payload, queued].flatMap((send) => [
    send({ id: 'a' }),
    send({ id: 'b', status: 'x', timestamp: null, more: [1, { a: null }] }),
    send({ id: 'x'.repeat(256) }),
    send({ id: 'x'.repeat(257) }),
    send({ id: '' }),
    send({ id: 'a\u0007' }),
    send({ id: 1 }),
    send({ id: null }),
    send({}),
    send({ value: 1 }),
    send([]),
  ]),
  processor({ active: true }),
  processor({ active: 'true' }),
  processor({ active: null }),
  processor({ active: true, more: 1 }),
  processor({}),
];

const job = (body: object): LimitCase => [
  'POST /v1/jobs',
  '/v1/jobs',
  { kind: 'streams.append', payload: { stream: 'limits.jobs', data: 1 }, delayMs: 1000, ...body },
];

/** What fields say about each other, and what a payload holds, JSON Schema is not asked to say. */
export const JOB_LIMIT_CASES: readonly LimitCase[] = [
  job({}),
  job({ kind: 'streams.appends' }),
  job({ kind: null }),
  job({ payload: [] }),
  job({ payload: null }),
  job({ payload: 'text' }),
  job({ delayMs: 400 * DAY_MS }),
  job({ delayMs: 400 * DAY_MS + 1 }),
  job({ delayMs: -1 }),
  job({ delayMs: 1.5 }),
  job({ delayMs: undefined, runAt: '2001-01-31T12:00:00.000Z' }),
  job({ delayMs: undefined, runAt: '2001-01-31T12:00:00+01:00' }),
  job({ delayMs: undefined, runAt: '2001-01-31' }),
  job({ delayMs: undefined, cron: '' }),
  job({ delayMs: undefined, cron: 5 }),
  job({ delayMs: undefined, cron: '0 0 1 1 *', timeZone: 'UTC', jobId: 'limits' }),
  job({ delayMs: undefined, cron: '0 0 1 1 *', timeZone: '' }),
  job({ attempts: 1 }),
  job({ attempts: 0 }),
  job({ attempts: 100 }),
  job({ attempts: 101 }),
  job({ backoff: { type: 'fixed', delayMs: 0 } }),
  job({ backoff: { type: 'exponential', delayMs: DAY_MS } }),
  job({ backoff: { type: 'exponential', delayMs: DAY_MS + 1 } }),
  job({ backoff: { type: 'linear', delayMs: 1 } }),
  job({ backoff: { type: 'fixed' } }),
  job({ backoff: { type: 'fixed', delayMs: 1, more: 1 } }),
  job({ backoff: null }),
  job({ priority: 1 }),
  job({ priority: 0 }),
  job({ priority: 2_097_151 }),
  job({ priority: 2_097_152 }),
  job({ jobId: 'x'.repeat(256) }),
  job({ jobId: 'x'.repeat(257) }),
  job({ jobId: '' }),
  job({ jobId: 'a\u0007' }),
  job({ more: 1 }),
];

const CHANNEL = '/v1/channels/limits';

const channel = (body: object): LimitCase => ['PUT /v1/channels/:channel', CHANNEL, body];
const publish = (body: object): LimitCase => [
  'POST /v1/channels/:channel/messages',
  `${CHANNEL}/messages`,
  body,
];
const publishBatch = (messages: unknown): LimitCase => [
  'POST /v1/messages/batch',
  '/v1/messages/batch',
  { messages },
];
const messages = (count: number) => datas(count).map((message) => ({ ...message, channel: 'limits' }));

/** Of the channel `limits`. What is wrong with one message of a batch is said in its result. */
export const MESSAGING_LIMIT_CASES: readonly LimitCase[] = [
  channel({}),
  channel({ historySize: 0, historyTtlMs: 1000, slowConsumer: 'disconnect' }),
  channel({ historySize: 100_000, historyTtlMs: 30 * DAY_MS, slowConsumer: 'drop-oldest' }),
  channel({ historySize: null, historyTtlMs: null, slowConsumer: null }),
  channel({ slowConsumer: 'conflate' }),
  channel({ historySize: -1 }),
  channel({ historySize: 100_001 }),
  channel({ historySize: 1.5 }),
  channel({ historySize: '1' }),
  channel({ historyTtlMs: 0 }),
  channel({ historyTtlMs: 999 }),
  channel({ historyTtlMs: 30 * DAY_MS + 1 }),
  channel({ historyTtlMs: true }),
  channel({ slowConsumer: 'block' }),
  channel({ slowConsumer: '' }),
  channel({ slowConsumer: ['conflate'] }),
  channel({ unknown: 1 }),
  publish({ data: null }),
  publish({ data: [1, { a: null }], tags: [] }),
  publish({ data: false, tags: many(16) }),
  publish({ data: 1, tags: many(17) }),
  publish({ data: 1, tags: ['x'.repeat(256)] }),
  publish({ data: 1, tags: ['x'.repeat(257)] }),
  publish({ data: 1, tags: [''] }),
  publish({ data: 1, tags: ['a\u0007'] }),
  publish({ data: 1, tags: ['a', 'a'] }),
  publish({ data: 1, tags: [1] }),
  publish({ data: 1, tags: 'a' }),
  publish({ data: 1, tags: null }),
  publish({ tags: ['a'] }),
  publish({}),
  publish({ data: 1, key: 'k' }),
  publish({ data: 1, id: 'a.1' }),
  publishBatch([]),
  publishBatch(messages(1)),
  publishBatch(messages(1000)),
  publishBatch(messages(1001)),
  publishBatch({}),
  publishBatch(null),
];

const lock = (body: object): LimitCase => [
  'POST /v1/locks',
  '/v1/locks',
  { resources: ['limits'], ttlMs: 1000, ...body },
];
const extendLock = (body: object): LimitCase => [
  'POST /v1/locks/:lockId/extend',
  '/v1/locks/none/extend',
  body,
];
const permit = (body: object): LimitCase => [
  'POST /v1/semaphores/:resource/permits',
  '/v1/semaphores/limits/permits',
  { permits: 1000, ttlMs: 1000, ...body },
];

/** Of everything that lasts for a time; a long one is of names that no other row asks for. */
const durations = (of: (body: object) => LimitCase, named: (name: string) => object): LimitCase[] => [
  of({}),
  of({ ttlMs: 9 }),
  of({ ttlMs: 10 }),
  of({ ttlMs: 10.5 }),
  of({ ttlMs: DAY_MS, ...named('a-day') }),
  of({ ttlMs: DAY_MS + 1 }),
  of({ ttlMs: '10' }),
  of({ ttlMs: null }),
  of({ waitMs: 0 }),
  of({ waitMs: 1 }),
  of({ waitMs: 30_000, ...named('free') }),
  of({ waitMs: 30_001 }),
  of({ waitMs: -1 }),
  of({ waitMs: null }),
  of({ owner: 'x'.repeat(256) }),
  of({ owner: 'x'.repeat(257) }),
  of({ owner: '' }),
  of({ owner: 'a\u0007' }),
  of({ owner: null }),
  of({ unknown: 1 }),
];

const session = (body: object): LimitCase => [
  'POST /v1/sessions',
  '/v1/sessions',
  { userId: 'limits', ...body },
];
const YEAR_AND_MORE_MS = 400 * DAY_MS;

export const SESSION_LIMIT_CASES: readonly LimitCase[] = [
  session({}),
  session({ userId: undefined }),
  session({ userId: 'x'.repeat(256) }),
  session({ userId: 'x'.repeat(257) }),
  session({ userId: '' }),
  session({ userId: 'a\u0007' }),
  session({ userId: 1 }),
  session({ data: {} }),
  session({ data: { any: [1, 'x', null] } }),
  session({ data: [] }),
  session({ data: null }),
  session({ data: 'x' }),
  session({ device: 'a phone' }),
  session({ device: { name: 'a phone' } }),
  session({ device: '' }),
  session({ device: [] }),
  session({ device: null }),
  session({ device: 1 }),
  ...(['idleTtlMs', 'absoluteTtlMs'] as const).flatMap((name) =>
    [999, 1000, YEAR_AND_MORE_MS, YEAR_AND_MORE_MS + 1, 1000.5, '1000', null].map((value) =>
      session({ [name]: value }),
    ),
  ),
  session({ token: 'a' }),
  session({ unknown: 1 }),
];

export const LOCK_LIMIT_CASES: readonly LimitCase[] = [
  ...durations(lock, (name) => ({ resources: [name] })),
  lock({ resources: [] }),
  lock({ resources: many(1) }),
  lock({ resources: many(16) }),
  lock({ resources: many(17) }),
  lock({ resources: ['a', 'a'] }),
  lock({ resources: ['a', ''] }),
  lock({ resources: ['x'.repeat(128)] }),
  lock({ resources: ['x'.repeat(129)] }),
  lock({ resources: ['.a'] }),
  lock({ resources: ['a b'] }),
  lock({ resources: [1] }),
  lock({ resources: 'a' }),
  lock({ resources: null }),
  lock({ metadata: {} }),
  lock({ metadata: { any: [1, 'x', null] } }),
  lock({ metadata: [] }),
  lock({ metadata: null }),
  lock({ metadata: 'x' }),
  lock({ permits: 1 }),
  lock({ lockId: 'a' }),
  extendLock({}),
  extendLock({ ttlMs: 9 }),
  extendLock({ ttlMs: 10 }),
  extendLock({ ttlMs: DAY_MS }),
  extendLock({ ttlMs: DAY_MS + 1 }),
  extendLock({ ttlMs: 10, waitMs: 1 }),
  extendLock({ ttlMs: 10, lockId: 'none' }),
  ...durations(permit, () => ({})),
  permit({ permits: 1 }),
  permit({ permits: 1000 }),
  permit({ permits: 0 }),
  permit({ permits: 1001 }),
  permit({ permits: 1.5 }),
  permit({ permits: '1' }),
  permit({ permits: null }),
  permit({ metadata: {} }),
  permit({ resource: 'a' }),
];
