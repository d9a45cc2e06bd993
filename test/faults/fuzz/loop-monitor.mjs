// Preloaded into the service: notes how long its event loop could not turn. Nothing of the service knows of it.
import { appendFileSync, readFileSync } from 'node:fs';

const EVERY_MS = 10;
const NOTEWORTHY_MS = 20;
const file = process.env.FULCRUM_TEST_LOOP_FILE;

/** Time that the main thread has had of a processor so far, in ms; where the kernel does not tell, infinite. */
function busyMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return Infinity;
  }
}

let turnedAt = performance.now();
let busyThen = busyMs();
setInterval(() => {
  const now = performance.now();
  const busy = busyMs();
  const delayMs = now - turnedAt - EVERY_MS;
  // On a busy machine a delay is mostly a wait for a processor; that is not the service's doing.
  const blockMs = Number.isFinite(busy) ? Math.min(delayMs, busy - busyThen) : delayMs;
  if (delayMs > NOTEWORTHY_MS) {
    const line = JSON.stringify({ at: Date.now(), blockMs, delayMs });
    // eslint-disable-next-line security/detect-non-literal-fs-filename -- the test that preloads this names it
    appendFileSync(file, `${line}\n`);
  }
  turnedAt = now;
  busyThen = busy;
}, EVERY_MS).unref();
