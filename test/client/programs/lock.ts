// Holds a lock until a line comes in, or until it is lost.
//   node lock.js <resource> <stream> <ttlMs>
import { once } from 'node:events';
import { FulcrumError } from '@fulcrum/client';
import { broken, clientOfTest, say } from './program.js';

const [resource = '', stream = '', ttl = ''] = process.argv.slice(2);
const ttlMs = Number(ttl);
const client = clientOfTest();
const told = once(process.stdin, 'data');

/** A lock that is extended for as long as that works, and tells nobody when it does not. */
async function holdBlindly(): Promise<void> {
  const { data } = await client.POST('/v1/locks', { body: { resources: [resource], ttlMs } });
  say({ held: true });
  const extending = setInterval(() => {
    client
      .POST('/v1/locks/{lockId}/extend', { params: { path: { lockId: data.lockId } }, body: { ttlMs } })
      .catch(() => undefined);
  }, ttlMs / 3);
  await told;
  clearInterval(extending);
}

/** How long this process has stood still at most, as far as a timer can tell that is due all the time. */
function watchStandstills(): () => number {
  let [beatAt, longestMs] = [performance.now(), 0];
  const beat = () => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - beatAt);
    beatAt = now;
    return longestMs;
  };
  setInterval(beat, 10).unref();
  return beat;
}

async function hold(): Promise<void> {
  const stoodStillMs = watchStandstills();
  await using lock = await client.lock([resource, `${resource}.other`], { ttlMs, owner: 'program' });
  const aborted = new Promise<void>((resolve) => {
    lock.signal.addEventListener('abort', () => {
      say({ abortedAt: Date.now(), stoodStillMs: stoodStillMs(), reason: String(lock.signal.reason) });
      resolve();
    });
  });
  const params = { path: { stream }, header: { Fence: lock.fence } };
  await client.POST('/v1/streams/{stream}/entries', { params, body: { data: lock.fencingToken } });
  const second = await client.lock(resource, { ttlMs }).catch((error: unknown) => error);
  say({ held: lock.validForMs() > 0, second: second instanceof FulcrumError ? second.code : 'granted' });
  await Promise.race([told, aborted]);
  if (lock.signal.aborted) throw new Error('the body’s own error');
  lock.throwIfLost();
}

try {
  await (broken === 'no-abort' ? holdBlindly() : hold());
  say({ left: true });
} catch (error) {
  say({ thrown: String(error) });
}
process.stdin.destroy();
