import { createHash } from 'node:crypto';
import calculateSlot from 'cluster-key-slot';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitScript } from '../../src/features/streams/streams.commit-scripts.js';
import { idsOf, pluck, StreamUser } from '../e2e/streams/harness.js';
import { startCluster, type TestCluster, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { pidOfRedis } from './processes.js';

let cluster: TestCluster;
let node: TestService;

beforeAll(async () => {
  cluster = await startCluster();
  node = await startService({ REDIS_CLUSTER_NODES: cluster.urls.join(',') });
});

afterAll(async () => {
  await node?.stop();
  await cluster?.stop();
});

const slotOf = (stream: string) => calculateSlot(`{streams:${stream}}`);
const masterOf = (stream: string) => Math.floor((slotOf(stream) * 3) / 16_384);

/** The name of a stream on a given master. */
function streamOn(master: number, name: string): string {
  for (let at = 0; ; at++) if (masterOf(`${name}-${at}`) === master) return `${name}-${at}`;
}

async function committed(user: StreamUser, data: string, derived: string): Promise<void> {
  const ids = await user.append(data);
  expect(idsOf(await user.receive('ann'))).toEqual(ids);
  const effects = [{ kind: 'streams.append', stream: derived, data }];
  const done = await user.call('commit', {
    consumer: 'ann',
    items: ids.map((id) => ({ id, deliveries: 1, effects })),
  });
  expect(done.body).toEqual({ acknowledged: 1, refused: [] });
}

async function asAdministrator(url: string, ...command: readonly [string, ...string[]]): Promise<void> {
  const redis = new Redis(url);
  await redis.call(...command);
  redis.disconnect();
}

/** Kills a master, which then knows what it knew when it ceased to write its append-only file, and nothing more. */
async function loseWrites({ server, url }: TestRedis, password: string): Promise<void> {
  const { pid } = server;
  process.kill(pid, 'SIGKILL');
  const isBack = async () => ![undefined, pid].includes(await pidOfRedis(url));
  await waitUntil('the master is back', isBack, { timeoutMs: 60_000 });
  await asAdministrator(url, 'CONFIG', 'SET', 'requirepass', password);
}

/** What is derived from an entry whose commit the stream's master loses, and from one that comes afterwards. */
async function derivedAcrossLoss(name: string): Promise<unknown[]> {
  const [master, url] = [cluster.nodes[0], cluster.urls[0]];
  if (master === undefined || url === undefined) throw new Error('there is no master');
  const user = new StreamUser(node, streamOn(0, name));
  const derived = streamOn(1, name);
  await user.configure();
  await asAdministrator(url, 'CONFIG', 'SET', 'appendonly', 'no');
  await committed(user, 'lost', derived);
  await loseWrites(master, new URL(url).password);
  await waitUntil('the stream is reached again', async () => (await user.view()).status === 200, {
    timeoutMs: 60_000,
  });
  await committed(user, 'kept', derived);
  return pluck((await node.admin.get(`/v1/streams/${derived}/entries`)).body.items, 'data');
}

/** Has commits named by their number alone until what is returned is called. */
function nameByNumber(): () => void {
  const { source, sha } = commitScript;
  const broken = source.replace("'%s.%s.%d.%s'", "'%s.%s.%d'");
  expect(broken).not.toBe(source);
  Object.assign(commitScript, {
    source: broken,
    sha: createHash('sha1').update(broken).digest('hex'),
  });
  return () => Object.assign(commitScript, { source, sha });
}

describe('a master that loses the last commits of a stream, whose effects lie on another one', () => {
  it('keeps no effect of later commits from taking place', async () => {
    const derived = await derivedAcrossLoss('forgotten');
    console.log(`${2 - derived.length} of 2 effects missing after a master lost a commit`);
    expect(derived).toEqual(['lost', 'kept']);
  }, 180_000);

  it('is found to do so if commits are told apart by their number', async () => {
    const restore = nameByNumber();
    try {
      const derived = await derivedAcrossLoss('numbered');
      console.log(`named by number: ${2 - derived.length} of 2 effects missing after a master lost a commit`);
      expect(derived).toEqual(['lost']);
    } finally {
      restore();
    }
  }, 180_000);
});
