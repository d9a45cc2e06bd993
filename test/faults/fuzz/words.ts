import fc, { type Arbitrary } from 'fast-check';

/** Names that routes and fields share, few enough that requests meet on them; odd ones among them are valid. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  board: ['daily', 'weekly', 'all-time', 'constructor', 'A.b_c:d-9', 'x'.repeat(128)],
  policy: ['logins', 'mails', 'hasOwnProperty'],
  member: [
    ...['alice', 'bob', '@scope/name', 'é'.repeat(128), '🏆', 'a b', '..', '.', '%', '%2F', '?x=1#y'],
    ...['__proto__', 'toString', '10', '-0', '{"a":1}', '\u202eabc', '\u2028', '\ufeff', "';--", '*'],
  ],
  season: ['1', '1', '2', '3', '999999999999999'],
  role: ['reader', 'writer', 'worker', 'admin'],
  permission: ['leaderboards:read', 'leaderboards:write:daily', 'rate-limits:admin:*', 'access:read'],
  tenant: ['default', 'other', 'valueOf'],
  cron: ['0 0 1 1 *', '0 0 29 2 *', '*/5 * * * *', '0 12 * * 1-5'],
  timeZone: ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'],
  expiresAt: ['2099-01-01T00:00:00Z', '2098-12-31T23:59:59.999Z', '2096-02-29T12:00:00.5Z'],
};

/** Fields whose words are those of another one, by field. */
const SAME_AS: Readonly<Record<string, string>> = {
  key: 'member',
  name: 'member',
  members: 'member',
  roles: 'role',
  permissions: 'permission',
};

/** Fields that a pattern alone does not make valid. */
const ONLY_WORDS = new Set(['season', 'role', 'permission', 'cron', 'timeZone', 'expiresAt', 'tenant']);

const MOST_KEPT = 100;

/** The words of `field`. */
export function wordsFor(field: 'board' | 'policy' | 'member'): readonly string[] {
  return FIXED[field] ?? [];
}

/** What requests are made of besides their schemas: fixed words, and what the service gave out in its answers. */
export class Words {
  private readonly found = { id: ['none'], cursor: ['none'], secret: ['fk_none_none'] };

  /** Remembers the ids and secrets of API keys and the cursors in an answer, to send them back. */
  learn(answer: unknown): void {
    const { id, secret, next } = Object(answer) as Record<string, unknown>;
    if (typeof secret === 'string') this.keep('secret', secret);
    if (typeof secret === 'string' && typeof id === 'string') this.keep('id', id);
    if (typeof next === 'string') this.keep('cursor', next);
  }

  secret(): Arbitrary<string> {
    return this.oneFound('secret');
  }

  /** Values for the field `name`: mostly words, and `others` where any valid text will do. */
  forField(name: string, others: Arbitrary<string>): Arbitrary<string> {
    const field = SAME_AS[name] ?? name;
    if (field === 'id' || field === 'cursor') return this.oneFound(field);
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

  private keep(kind: keyof typeof this.found, word: string): void {
    const list = this.found[kind];
    if (list.push(word) > MOST_KEPT) list.shift();
  }
}
