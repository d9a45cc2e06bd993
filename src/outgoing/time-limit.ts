/**
 * What `work` comes to, under a signal that fires after `timeoutMs`, or when `outer` does; what fails from then on fails for the
 * signal's reason. A timer of its own holds the signal: those that `AbortSignal.timeout` and `AbortSignal.any` make may be
 * collected in Node 20 before they fire, and the wait would have no end.
 * @throws DOMException `TimeoutError`, the reason of `outer`, or what `work` throws
 */
export async function withinTime<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const { signal } = limit;
  const late = () => limit.abort(new DOMException(`there was no end within ${timeoutMs} ms`, 'TimeoutError'));
  const leave = () => limit.abort(outer?.reason);
  const timer = setTimeout(late, timeoutMs);
  if (outer?.aborted) leave();
  outer?.addEventListener('abort', leave);
  try {
    return await work(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', leave);
  }
}
