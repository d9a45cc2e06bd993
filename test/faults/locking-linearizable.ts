/** What a client knows of one operation on a lock; instants are in ms, by one monotonic clock. */
export interface LockOperation {
  readonly kind: 'acquire' | 'extend' | 'release';
  readonly client: number;
  /** The lock's; an acquisition that was not granted has none. */
  readonly id: string;
  readonly invokedAt: number;
  readonly answeredAt: number;
  /** `held`: somebody else has it; `lost`: it is over; `unknown`: it may have taken effect, or take it later, or never. */
  readonly outcome: 'done' | 'held' | 'lost' | 'unknown';
  /** Until when nobody else can have it, if it was done; or at least until then, if an extension that is unknown was. */
  readonly until?: number;
  /** The fencing token, if it was done. */
  readonly token?: number;
}

/** A lock as a sequential machine has it: free, or held until an instant after which it may come free by itself. */
interface State {
  readonly holder: string | undefined;
  readonly until: number;
  readonly token: number;
}

const FREE: State = { holder: undefined, until: -Infinity, token: 0 };

interface Step {
  readonly state: State;
  readonly at: number;
}

/**
 * Says why operations on one resource are those of no lock with expiry; undefined if they may be.
 *
 * They may be if there is an order of them, each at one instant between its invocation and its answer, in which a sequential
 * lock gives the same answers:
 * - an acquisition is granted while the lock is free, or once the validity of its last grant is over, and with a token that is
 *   higher than that of the grant before; from then on it is held until the instant that the answer names;
 * - an extension or a release is done only while its own lock has the place: past its validity too, as long as nobody else was
 *   granted it and nobody was told that it is over;
 * - one is told that it is lost only once its lock was released, or its validity is over.
 *
 * An operation of unknown outcome may have taken effect at any instant after its invocation, or not at all. An unknown
 * extension that took effect can end the validity sooner, never make it longer. An acquisition that was not granted (`held`,
 * `unknown`) is accepted always, and so says nothing: what a minority granted and what stands in line lets one be refused
 * without a holder, and whoever got no id neither extends nor releases. That a resource does not stay so is for others to check.
 *
 * It is a search through all orders, cut short where the same operations have led to the same state no later before: all that
 * the rules ask of an instant is that it is late enough, so that the earliest is the best.
 */
export function whyNotLinearizable(operations: readonly LockOperation[]): string | undefined {
  return new Search(operations.filter(({ kind, outcome }) => kind !== 'acquire' || outcome === 'done')).run();
}

class Search {
  private readonly operations: readonly LockOperation[];
  private readonly visited = new Map<string, number>();
  private deepest = -1;
  private stuck = '';

  constructor(operations: readonly LockOperation[]) {
    this.operations = operations.toSorted((a, b) => a.invokedAt - b.invokedAt);
  }

  run(): string | undefined {
    return this.goOn(0n, 0, FREE, -Infinity) ? undefined : this.stuck;
  }

  /** Whether the operations that are not in `done`, a set of their numbers, can follow. */
  private goOn(done: bigint, depth: number, state: State, now: number): boolean {
    const key = `${done} ${state.holder} ${state.until} ${state.token}`;
    if (now >= (this.visited.get(key) ?? Infinity)) return false;
    this.visited.set(key, now);
    const left = this.operations.filter((_operation, at) => (done & (1n << BigInt(at))) === 0n);
    const known = left.filter(({ outcome }) => outcome !== 'unknown');
    if (known.length === 0) return true;
    const firstAnswer = Math.min(...known.map(({ answeredAt }) => answeredAt));
    const next = left.filter(({ invokedAt }) => invokedAt <= firstAnswer);
    if (depth > this.deepest) {
      this.deepest = depth;
      this.stuck = `${told(state, now)}; no order of ${next.map(described).join(', ')}`;
    }
    return next.some((operation) => {
      const step = apply(operation, state, Math.max(now, operation.invokedAt));
      const at = BigInt(this.operations.indexOf(operation));
      return step !== undefined && this.goOn(done | (1n << at), depth + 1, step.state, step.at);
    });
  }
}

/** What follows when an operation takes effect at `now` or, if it has to, later; undefined if it cannot. */
function apply(operation: LockOperation, state: State, now: number): Step | undefined {
  const { kind, id, outcome, until = Infinity, token = 0 } = operation;
  const mine = state.holder === id;
  const free = { ...state, holder: undefined, until: -Infinity };
  const step = (after: State, at = now): Step | undefined =>
    outcome === 'unknown' || at <= operation.answeredAt ? { state: after, at } : undefined;
  if (kind === 'acquire') {
    return token > state.token ? step({ holder: id, until, token }, Math.max(now, state.until)) : undefined;
  }
  if (outcome === 'lost') return mine ? step(free, Math.max(now, state.until)) : step(state);
  if (!mine) return undefined;
  if (kind === 'release') return step(free);
  return step({ ...state, until: outcome === 'unknown' ? Math.min(until, state.until) : until });
}

/** A time in which somebody certainly has a resource. */
interface Certainty {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Where two certainly have one resource at the same time. One certainly has it from the answer of an acquisition or extension
 * that was done until it begins to release it, or the validity that was promised is over: that is a second opinion, which
 * knows nothing of orders.
 */
export function overlaps(operations: readonly LockOperation[]): string[] {
  const certain = certainties(operations).toSorted((a, b) => a.from - b.from);
  const found: string[] = [];
  for (const [at, one] of certain.entries()) {
    for (const other of certain.slice(at + 1)) {
      if (other.from >= one.to) break;
      if (other.id !== one.id) found.push(`${one.id} and ${other.id} at ${other.from.toFixed(1)}`);
    }
  }
  return found;
}

function certainties(operations: readonly LockOperation[]): Certainty[] {
  return operations.flatMap(({ kind, id, outcome, answeredAt, until = Infinity }) => {
    if (kind === 'release' || outcome !== 'done') return [];
    const ends = operations.map((other) => {
      if (other.id !== id || other.outcome === 'lost') return Infinity;
      if (other.kind === 'release') return other.invokedAt;
      // One that is unknown may be done at any time later, with less of it left.
      const isLater = other.outcome === 'unknown' || other.answeredAt > answeredAt;
      return isLater ? (other.until ?? Infinity) : Infinity;
    });
    const to = Math.min(until, ...ends);
    return to > answeredAt ? [{ id, from: answeredAt, to }] : [];
  });
}

/** Grants whose token is not higher than that of one which was answered before they were asked for. */
export function fallenTokens(operations: readonly LockOperation[]): string[] {
  const grants = operations.filter(({ kind, outcome }) => kind === 'acquire' && outcome === 'done');
  return grants.flatMap(({ id, invokedAt, token = 0 }) => {
    const before = grants.filter((other) => other.answeredAt < invokedAt && (other.token ?? 0) >= token);
    return before.map((other) => `${id} got ${token} after ${other.id} had ${other.token}`);
  });
}

function told({ holder, until }: State, now: number): string {
  return holder === undefined
    ? `free at ${now.toFixed(1)}`
    : `${holder} has it until ${until.toFixed(1)} at ${now.toFixed(1)}`;
}

function described({
  kind,
  client,
  id,
  outcome,
  invokedAt,
  answeredAt,
  until,
  token,
}: LockOperation): string {
  const lasts = until === undefined ? '' : ` until ${until.toFixed(1)}`;
  const numbered = token === undefined ? '' : ` with ${token}`;
  return `${kind} of ${id} by ${client} ${outcome} ${invokedAt.toFixed(1)}–${answeredAt.toFixed(1)}${lasts}${numbered}`;
}
