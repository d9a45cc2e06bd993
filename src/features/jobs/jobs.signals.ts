/**
 * What `work` comes to, under a signal that fires with the first of `signals`. `AbortSignal.any` would leave a reference in
 * each of them for as long as it lives, in that of the process one a job; and in Node 20 its signal may be collected before
 * it fires.
 */
export async function underFirstOf<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const first = new AbortController();
  const ends = signals.map((signal) => {
    const abort = () => first.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return () => signal.removeEventListener('abort', abort);
  });
  try {
    return await work(first.signal);
  } finally {
    for (const end of ends) end();
  }
}
