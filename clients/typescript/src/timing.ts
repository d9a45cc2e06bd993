/** A signal that is aborted with another one, or when nothing was heard for some time. */
export interface Watch {
  readonly signal: AbortSignal;
  /** Something was heard, or `ms` are to begin now. */
  rearm(ms: number): void;
  /** Nothing is waited for. */
  disarm(): void;
  /** Aborts it, and lets go of timer and listener. */
  end(): void;
}

/** Not `AbortSignal.any` and `.timeout`: in Node 20 a combined signal may be collected before it fires. */
export function watch(outer: AbortSignal | undefined, ms: number): Watch {
  const controller = new AbortController();
  const follow = () => controller.abort(outer?.reason);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rearm = (patienceMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(new Error(`nothing came for ${patienceMs} ms`)), patienceMs);
  };
  if (outer?.aborted) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  rearm(ms);
  return {
    signal: controller.signal,
    rearm,
    disarm: () => clearTimeout(timer),
    end: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
      controller.abort();
    },
  };
}

/** @throws the reason of `signal` when it is aborted */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      // What somebody aborts with is theirs to choose.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- see above
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Full jitter: anything below `baseMs` doubled with each failure, so that clients do not come back together. */
export function backoff(failures: number, baseMs: number, maxMs: number): number {
  return Math.random() * Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
}
