const ROUNDS = 5;

/** A request came so late that what it asked for may rightly have been over. */
class Disturbed extends Error {
  override readonly name = 'Disturbed';
}

/** Sends a request that makes something last on, and gives what was answered. */
type Use = <T>(ask: () => Promise<T>) => Promise<T>;

/** Something that lasts for `ttlMs` from each use, and for `lifeMs` from the first. */
type Lasting = (ttlMs: number, lifeMs?: number) => Use;

/**
 * Runs a round of uses that a test keeps apart by pauses. A machine that stands still between two of them for longer than their
 * distance leaves them room for makes the round worth nothing, whatever it was answered: it is done again, a few times at most.
 * Each use took place after it was sent and before it was answered, so what was in time by these instants was so in any case.
 */
export async function undisturbed(round: (lasting: Lasting) => Promise<void>): Promise<void> {
  for (let rounds = 1; ; rounds++) {
    try {
      await round(lasting);
      return;
    } catch (error) {
      if (!(error instanceof Disturbed) || rounds === ROUNDS) throw error;
    }
  }
}

function lasting(ttlMs: number, lifeMs = Infinity): Use {
  let firstSentAt: number | undefined;
  let lastSentAt: number | undefined;
  return async (ask) => {
    const sentAt = performance.now();
    firstSentAt ??= sentAt;
    const answer = await ask();
    const answeredAt = performance.now();
    const [sinceLast, sinceFirst] = [answeredAt - (lastSentAt ?? sentAt), answeredAt - firstSentAt];
    if (sinceLast >= ttlMs || sinceFirst >= lifeMs)
      throw new Disturbed(`a use came ${sinceLast} ms after the last and ${sinceFirst} ms after the first`);
    lastSentAt = sentAt;
    return answer;
  };
}
