import fc, { type Arbitrary } from 'fast-check';

/** Names that routes and fields share, few enough that requests meet on them; odd ones among them are valid. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  board: ['daily', 'weekly', 'all-time', 'constructor', 'A.b_c:d-9', 'x'.repeat(128)],
  policy: ['logins', 'mails', 'hasOwnProperty'],
  member: [
    ...['alice', 'bob', '@scope/name', 'é'.repeat(128), '🏆', 'a b', '..', '.', '%', '%2F', '?x=1#y'],
    ...['__proto__', 'toString', '10', '-0', '{"a":1}', '\u202eabc', '\u2028', '\ufeff', "';--", '*'],
  ],
  stream: ['orders', 'toString', 'A.b_c:d-9'],
  channel: ['news', 'news.later', 'constructor', 'A.b_c:d-9', 'x'.repeat(128)],
  pattern: ['*', 'news*', '?ews', 'news', '*.*:*-?', '**'],
  group: ['workers', 'workers:held'],
  resource: [
    ...['payment_processing:order_123', 'a', 'a-b', 'a.b', 'ab', 'constructor', 'toString', 'lock:a'],
    ...['permit:a', '0', 'A.b_c:d-9', 'x'.repeat(128)],
  ],
  prefix: ['', 'a', 'payment_', '.', '-', 'zzz'],
  consumer: ['ann', 'bob', 'constructor'],
  payload: ['evt_1', 'evt_2', '@scope/name', 'é'.repeat(128), '..', '%2F', '{a}:b', '__proto__', 'toString'],
  season: ['1', '1', '2', '3', '999999999999999'],
  role: ['reader', 'writer', 'worker', 'admin'],
  permission: ['leaderboards:read', 'leaderboards:write:daily', 'rate-limits:admin:*', 'access:read'],
  tenant: ['default', 'other', 'valueOf'],
  cron: ['0 0 1 1 *', '0 0 29 2 *', '*/5 * * * *', '0 12 * * 1-5'],
  timeZone: ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'],
  runAt: ['2001-01-01T00:00:00Z', new Date(Date.now() + 3_600_000).toISOString()],
  expiresAt: ['2099-01-01T00:00:00Z', '2098-12-31T23:59:59.999Z', '2096-02-29T12:00:00.5Z'],
};

/** Fields whose words are those of another one, by field. */
const SAME_AS: Readonly<Record<string, string>> = {
  key: 'member',
  name: 'member',
  members: 'member',
  tags: 'member',
  owner: 'member',
  userId: 'member',
  except: 'sessionId',
  jobId: 'payload',
  resources: 'resource',
  roles: 'role',
  permissions: 'permission',
};

/** Fields that a pattern alone does not make valid, or of which any other value finds nothing. */
const ONLY_WORDS = new Set([
  'prefix',
  'season',
  'role',
  'permission',
  'cron',
  'timeZone',
  'expiresAt',
  'runAt',
  'tenant',
]);

const MOST_KEPT = 100;
/** Of locks and permits, which soon are over. */
const MOST_GRANTS = 5;
/** Of the ids of entries in one answer. */
const MOST_LEARNT = 5;
const ENTRY_ID = /^\d{1,15}-\d{1,15}$/;
/** What an entry's id looks like; a pattern that takes it, and no name, is that of an id or of a place in a stream. */
const AN_ENTRY = '1-1';
const MESSAGE_ID = /^[\w-]{1,64}\.\d{1,15}\.\d{1,15}$/;
/** What a message's id looks like; a pattern that takes it, and no name, is that of such an id. */
const A_MESSAGE = 'a.1.1';
/** Something that a payload's id may be, and no other id. */
const A_PAYLOAD = '@a/b c';

/** The words of `field`. */
export function wordsFor(
  field: 'board' | 'policy' | 'member' | 'stream' | 'group' | 'consumer' | 'channel' | 'payload' | 'resource',
): readonly string[] {
  return FIXED[field] ?? [];
}

/** What requests are made of besides their schemas: fixed words, and what the service gave out in its answers. */
export class Words {
  private readonly found = {
    id: ['none'],
    entry: [AN_ENTRY],
    message: [A_MESSAGE],
    cursor: ['none'],
    place: ['none'],
    secret: ['fk_none_none'],
    lockId: ['lknone'],
    permitId: ['pmnone'],
    sessionToken: ['fs_none'],
    sessionId: [`00${'0'.repeat(32)}`],
  };

  private readonly lastOf = new Map<string, string>();
  private lastLock = 'lknone';
  private lastPermit = { resource: 'a', permitId: 'pmnone' };

  /**
   * Remembers the ids and secrets of API keys, the ids of entries, messages, locks, permits and sessions and the cursors in an answer,
   * to send them back, of the stream that `target` names an entry, and the semaphore of a permit.
   */
  learn(answer: unknown, target = ''): void {
    const { id, secret, next, ids, items, entries } = Object(answer) as Record<string, unknown>;
    const rows = [items, entries].flatMap((each): unknown[] => (Array.isArray(each) ? each : []));
    const named = rows.map((row) => (Object(row) as Record<string, unknown>).id);
    const learnt = [id, ...(Array.isArray(ids) ? (ids as unknown[]) : []), ...named].slice(0, MOST_LEARNT);
    const [, stream] = /^\/v1\/streams\/([\w.:-]+)\/entries/.exec(target) ?? [];
    for (const each of learnt) {
      if (typeof each === 'string' && MESSAGE_ID.test(each)) this.keep('message', each);
      if (typeof each !== 'string' || !ENTRY_ID.test(each)) continue;
      this.keep('entry', each);
      if (stream !== undefined) this.lastOf.set(stream, each);
    }
    if (typeof secret === 'string') this.keep('secret', secret);
    if (typeof secret === 'string' && typeof id === 'string') this.keep('id', id);
    if (typeof next === 'string') this.keep('cursor', next);
    this.learnSession(answer);
    const { lockId, permitId, resource } = Object(answer) as Record<string, unknown>;
    if (typeof lockId === 'string') this.keep('lockId', (this.lastLock = lockId), MOST_GRANTS);
    if (typeof permitId !== 'string') return;
    this.keep('permitId', permitId, MOST_GRANTS);
    if (typeof resource === 'string') this.lastPermit = { resource, permitId };
  }

  private learnSession(answer: unknown): void {
    const { token, session } = Object(answer) as Record<string, unknown>;
    const { sessionId } = Object(session) as Record<string, unknown>;
    if (typeof token !== 'string' || typeof sessionId !== 'string') return;
    this.keep('sessionToken', token, MOST_GRANTS);
    this.keep('sessionId', sessionId, MOST_GRANTS);
  }

  /** Tokens of sessions. */
  sessionToken(): Arbitrary<string> {
    return this.oneFound('sessionToken');
  }

  /** Remembers the place in all of its channels that an event stream begins with. */
  learnPlace(text: string): void {
    const [, place] = /^id: ([\w-]{30,})$/m.exec(text) ?? [];
    if (place !== undefined) this.keep('place', place);
  }

  /** Ids of messages. */
  message(): Arbitrary<string> {
    return this.oneFound('message');
  }

  /** Places of event streams. */
  place(): Arbitrary<string> {
    return this.oneFound('place');
  }

  /** The entry of `stream` that was in an answer last, if there was one. */
  entryIn(stream: string): string {
    return this.lastOf.get(stream) ?? AN_ENTRY;
  }

  /** The lock that was in an answer last, if there was one. */
  aLock(): string {
    return this.lastLock;
  }

  /** The permit that was in an answer last, if there was one, and its semaphore. */
  aPermit(): { readonly resource: string; readonly permitId: string } {
    return this.lastPermit;
  }

  secret(): Arbitrary<string> {
    return this.oneFound('secret');
  }

  /** Values for the field `name`: mostly words, and `others` where any valid text will do. */
  forField(name: string, others: Arbitrary<string>, pattern?: unknown): Arbitrary<string> {
    if (isOfEntries(pattern))
      return fc.oneof({ arbitrary: this.oneFound('entry'), weight: 9 }, { arbitrary: others, weight: 1 });
    if (isOfMessages(pattern))
      return fc.oneof({ arbitrary: this.message(), weight: 9 }, { arbitrary: others, weight: 1 });
    // As many new ones: what was processed before is not processed again.
    if (name === 'id' && isOfPayloads(pattern))
      return fc.oneof(fc.constantFrom(...wordsFor('payload')), others);
    const field = SAME_AS[name] ?? name;
    if (isFound(field)) return this.oneFound(field);
    const words = FIXED[field];
    if (words === undefined) return others;
    const known = fc.constantFrom(...words);
    return ONLY_WORDS.has(field)
      ? known
      : fc.oneof({ arbitrary: known, weight: 19 }, { arbitrary: others, weight: 1 });
  }

  /** The list grows while requests are generated, so the choice is made when the value is. */
  private oneFound(kind: keyof typeof this.found): Arbitrary<string> {
    return fc.nat().map((at) => {
      const list = this.found[kind];
      return list[at % list.length] ?? 'none';
    });
  }

  private keep(kind: keyof typeof this.found, word: string, most = MOST_KEPT): void {
    const list = this.found[kind];
    if (list.push(word) > most) list.shift();
  }
}

/** Fields whose words are found in answers alone. */
const FOUND = ['id', 'cursor', 'lockId', 'permitId', 'sessionId'] as const;

function isFound(field: string): field is (typeof FOUND)[number] {
  return FOUND.some((each) => each === field);
}

/** Whether `pattern` is that of an entry's id, or of a place in a stream that an id names. */
export function isOfEntries(pattern: unknown): boolean {
  if (typeof pattern !== 'string') return false;
  const expression = new RegExp(pattern, 'u');
  return expression.test(AN_ENTRY) && !expression.test('a');
}

function isOfMessages(pattern: unknown): boolean {
  if (typeof pattern !== 'string') return false;
  const expression = new RegExp(pattern, 'u');
  return expression.test(A_MESSAGE) && !expression.test('a');
}

function isOfPayloads(pattern: unknown): boolean {
  return typeof pattern === 'string' && new RegExp(pattern, 'u').test(A_PAYLOAD);
}
