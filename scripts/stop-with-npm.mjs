const POLL_MS = 250;

/**
 * Sends this process SIGTERM when the npm that started it is ended: npm passes the signal to a shell,
 * and the shell dies without passing it on.
 */
export function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS);
  timer.unref();
}
