import type { Answer } from '../support/api-client.js';
import type { BusyHost } from './every-jobs-route.js';

const S = '/v1/streams/:stream';
const G = `${S}/groups/:group`;
const STREAM = '/v1/streams/orders';
const GROUP = `${STREAM}/groups/workers`;

/** A day: nothing comes due while the routes are requested. */
const VISIBILITY_MS = 86_400_000;

/** What happens in between; each is left out where nobody looks. */
export interface StreamHooks {
  /** Runs while live clients follow what is requested. */
  readonly whileLive?: () => Promise<void>;
  /** Runs `commit`: an entry completes a payload and publishes, and another one as well before it changes the board `derived`. */
  readonly aroundCommit?: (commit: () => Promise<void>) => Promise<void>;
  /** Runs before what was made is moved, forgotten and deleted. */
  readonly beforeDelete?: () => Promise<void>;
  /** Does what writes to the audit stream. */
  readonly aroundAudit?: (work: () => Promise<void>) => Promise<void>;
  /** Keeps jobs busy. */
  readonly busyHost?: BusyHost;
}

export interface Sender {
  send(
    address: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** As `send`, for an event stream that is left after its first event. */
  follow(address: string, path: string, meanwhile: (() => Promise<void>) | undefined): Promise<Answer>;
  /** As `send`, for a WebSocket on which each of the frames is answered before `meanwhile`. */
  upgrade(
    address: string,
    path: string,
    frames: readonly object[],
    meanwhile: () => Promise<void>,
  ): Promise<Answer>;
}

/**
 * Sends at least one request to every route of streams, so that each kind of key is written: an entry that was
 * deleted between others, pending entries, a dead letter, one that was put back, keyed requests.
 */
export async function requestEveryStreamRoute({ send, follow }: Sender, hooks: StreamHooks): Promise<void> {
  const keyed = (key: string) => ({ 'idempotency-key': key });
  const schema = { type: 'object', required: ['n'] };
  await send(`PUT ${S}`, STREAM, { maxLength: 1000, schema });
  await send(`PUT ${S}`, STREAM, { maxAgeMs: VISIBILITY_MS }, { fence: 'orders=1' });
  const first = { data: { n: 0 }, key: '@scope/a' };
  await send(`POST ${S}/entries`, `${STREAM}/entries`, first, keyed('append-1'));
  const entries = Array.from({ length: 7 }, (_each, at) => ({ data: { n: at + 1 } }));
  const batch = await send(`POST ${S}/entries/batch`, `${STREAM}/entries/batch`, { entries });
  const [one, other, removed] = batch.body.ids as string[];
  await send('GET /v1/streams', '/v1/streams?limit=1');
  await send(`GET ${S}`, STREAM);
  await send(`GET ${S}/entries`, `${STREAM}/entries?limit=2&order=desc`);
  await send(`GET ${S}/entries/:id`, `${STREAM}/entries/${one}`);

  const settings = { startAt: one, maxDeliveries: 1, visibilityTimeoutMs: VISIBILITY_MS };
  await send(`PUT ${G}`, GROUP, settings);
  await send(`PUT ${G}`, GROUP, { maxDeliveries: 1 });
  const consumer = { consumer: 'ann' };
  await send(`POST ${G}/receive`, `${GROUP}/receive`, { ...consumer, limit: 7 }, keyed('receive-1'));
  const named = (...ids: unknown[]) => ({ ...consumer, ids });
  await send(`POST ${G}/ack`, `${GROUP}/ack`, named(one, '1-1'));
  const [, , , third, fourth, fifth, sixth] = batch.body.ids as string[];
  await send(`POST ${G}/nack`, `${GROUP}/nack`, { ...named(other, third, '1-1'), reason: 'poison' });
  await send(`POST ${G}/extend`, `${GROUP}/extend`, named(fourth, '1-1'));
  await send(`GET ${G}/dead-letters`, `${GROUP}/dead-letters?limit=1`);
  await send(`POST ${G}/dead-letters/replay`, `${GROUP}/dead-letters/replay`, { ids: [other, '1-1'] });
  const completed = (id: string) => ({ kind: 'pipeline.complete', id, result: { by: 'a commit' } });
  const published = (data: string) => ({ kind: 'messaging.publish', channel: 'derived', data });
  const submitted = { kind: 'leaderboards.submit', board: 'derived', member: 'sum', score: 1 };
  const items = [
    { id: fifth, deliveries: 1, effects: [completed('of/fifth'), published('fifth'), submitted] },
    { id: sixth, deliveries: 1, effects: [completed('of:sixth {é}'), published('sixth')] },
    { id: '1-1', deliveries: 1, effects: [] },
  ];
  const commit = async () => {
    await send(`POST ${G}/commit`, `${GROUP}/commit`, { ...consumer, items });
  };
  await (hooks.aroundCommit ?? ((run) => run()))(commit);
  await send(`GET ${G}`, GROUP);
  await send(`DELETE ${S}/entries/:id`, `${STREAM}/entries/${removed}`);
  await follow(`GET ${S}/tail`, `${STREAM}/tail?from=begin`, hooks.whileLive);
  await hooks.beforeDelete?.();
  await send(`POST ${G}/seek`, `${GROUP}/seek`, { to: 'begin' });
  await send(`DELETE ${G}/dead-letters`, `${GROUP}/dead-letters`);
  await send(`DELETE ${G}`, GROUP);
  await send(`DELETE ${S}`, STREAM);
}
