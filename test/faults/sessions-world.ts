import { createHash } from 'node:crypto';
import type { ApiClient } from '../support/api-client.js';

/** A script of the service's, as it is sent to Redis. */
interface SentScript {
  readonly source: string;
  readonly sha: string;
}

/** Puts `instead` in the place of a line of a script, for all services of this process, until what is returned is called. */
export function breakScript(script: SentScript, line: string, instead: string): () => void {
  const { source, sha } = script;
  const broken = source.replace(line, () => instead);
  if (broken === source) throw new Error(`no script has the line ${line}`);
  Object.assign(script, { source: broken, sha: createHash('sha1').update(broken).digest('hex') });
  return () => void Object.assign(script, { source, sha });
}

/** What the audit stream tells of a session. */
export interface SessionEvent {
  readonly event: string;
  readonly sessionId: string;
  readonly reason: string;
}

/** All that the stream audit.sessions holds. */
export async function toldOfSessions(api: ApiClient): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for (let cursor = ''; ;) {
    const { status, body } = await api.get(`/v1/streams/audit.sessions/entries?limit=1000${cursor}`);
    // Nobody has told anything yet.
    if (status === 404) return events;
    if (status !== 200) throw new Error(`the audit stream answers ${status}: ${JSON.stringify(body)}`);
    for (const { data } of body.items as { data: SessionEvent }[]) events.push(data);
    if (body.next === null) return events;
    cursor = `&cursor=${encodeURIComponent(String(body.next))}`;
  }
}

/** How often each session is told of with `event`. */
export function countsOf(events: readonly SessionEvent[], event: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { event: each, sessionId } of events)
    if (each === event) counts.set(sessionId, (counts.get(sessionId) ?? 0) + 1);
  return counts;
}

/** Calls `work` for each of `items`, `atOnce` of them at a time, and gives what came of them in their order. */
export async function inParts<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, at: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    const part = items.slice(from, from + atOnce);
    results.push(...(await Promise.all(part.map((item, more) => work(item, from + more)))));
  }
  return results;
}
