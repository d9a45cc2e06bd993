import { randomUUID } from 'node:crypto';
import { RedisProcess, type RedisProcessOptions } from './redis-process.js';
import { clusterPort } from './redis-server.js';
import { asUser } from './redis-users.js';
import { waitUntil } from './wait-until.js';

const MASTERS = 3;
const SLOTS = 16_384;
/** For how long a node may be silent before another one takes its place. */
export const NODE_TIMEOUT_MS = 2000;
const SETTLED = { timeoutMs: 60_000 };

/** One line of CLUSTER NODES. */
export interface ClusterMember {
  readonly id: string;
  readonly port: string;
  readonly flags: readonly string[];
  /** Of a replica. */
  readonly masterId: string;
  readonly isLinked: boolean;
  /** `5-9`, or a number; a slot on its way is none of them. */
  readonly ranges: readonly string[];
}

/** A cluster of three masters with a replica each, every node a process that can be killed, frozen and replaced. */
export class ReplicatedCluster {
  private constructor(
    private members: RedisProcess[],
    private readonly options: RedisProcessOptions,
  ) {}

  static async start(): Promise<ReplicatedCluster> {
    const password = randomUUID();
    const cluster = new ReplicatedCluster([], { password, fsync: 'everysec' });
    try {
      for (let at = 0; at < 2 * MASTERS; at++) cluster.members.push(await cluster.newNode());
      await cluster.form();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** All that are not replaced, up or not. */
  get nodes(): readonly RedisProcess[] {
    return this.members;
  }

  /** Settings that make the service use it, which knows some of the nodes. */
  get settings(): Readonly<Record<string, string>> {
    return { REDIS_CLUSTER_NODES: this.members.map(({ serviceUrl }) => serviceUrl).join(',') };
  }

  /** Where a client of the message transport finds `node`. */
  messageUrl(node: RedisProcess): string {
    return asUser(node.url, 'fulcrum-client');
  }

  /** The masters as `witness` sees them, in the order of their slots. */
  async masters(witness = this.anyUp()): Promise<RedisProcess[]> {
    const found = (await membersAt(witness)).filter(
      ({ flags, ranges }) => ranges.length > 0 && !flags.includes('fail'),
    );
    found.sort((one, other) => parseInt(one.ranges[0] ?? '') - parseInt(other.ranges[0] ?? ''));
    return found.map(({ port }) => this.nodeAt(port));
  }

  async idOf(node: RedisProcess): Promise<string> {
    return String(await node.ask((client) => client.call('CLUSTER', 'MYID')));
  }

  /** Settles once all masters have a replica that has all, and every node knows the same. */
  async settled(): Promise<void> {
    await waitUntil('the cluster is whole', () => this.isWhole().catch(() => false), SETTLED);
  }

  /** Settles once the place of `lost` is taken by its replica, and the cluster answers for all slots. */
  async takenOver(lost: RedisProcess): Promise<void> {
    const rest = this.members.filter((node) => node !== lost && node.isUp);
    const isTakenOver = async (witness: RedisProcess) => {
      const masters = await this.masters(witness);
      return masters.length === MASTERS && !masters.includes(lost) && (await stateOf(witness)) === 'ok';
    };
    await waitUntil(
      'the replica has taken over',
      async () => (await Promise.all(rest.map(isTakenOver))).every(Boolean),
      SETTLED,
    );
  }

  /** Puts a fresh node in the place of `dead`: a replica of the master that has none. */
  async replace(dead: RedisProcess): Promise<void> {
    const port = new URL(dead.url).port;
    const witness = this.anyUp();
    const deadId = (await membersAt(witness)).find((member) => member.port === port)?.id ?? '';
    const others = this.members.filter((node) => node !== dead);
    const fresh = await this.newNode();
    this.members = [...others, fresh];
    await meet(witness, fresh);
    const id = await this.idOf(fresh);
    await waitUntil('all know the fresh node', async () => {
      const known = await Promise.all(others.map(membersAt));
      return known.every((each) => each.some((member) => member.id === id && !member.flags.some(isTrouble)));
    });
    const members = await membersAt(witness);
    const followed = new Set(members.map(({ masterId }) => masterId));
    const alone = members.find(
      (member) => member.ranges.length > 0 && !member.flags.includes('fail') && !followed.has(member.id),
    );
    if (alone === undefined) throw new Error('no master is without a replica');
    // It may not have heard of that one.
    await waitUntil('it follows', () =>
      fresh.ask((client) => client.call('CLUSTER', 'REPLICATE', alone.id)).catch(() => undefined),
    );
    await Promise.all(this.members.map((node) => forget(node, deadId)));
    await dead.stop();
    await this.settled();
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((node) => node.stop()));
  }

  private async newNode(): Promise<RedisProcess> {
    return await RedisProcess.start({
      ...this.options,
      lines: [
        `masterauth ${this.options.password}`,
        'repl-diskless-sync-delay 0',
        'cluster-enabled yes',
        'cluster-config-file nodes.conf',
        `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
        await clusterPort(),
      ],
    });
  }

  private async form(): Promise<void> {
    const [first, ...others] = this.members;
    if (first === undefined) throw new Error('there is no node');
    for (const other of others) await meet(first, other);
    await waitUntil('all know all', async () => {
      const known = await Promise.all(this.members.map(membersAt));
      return known.every((members) => members.length === this.members.length);
    });
    const masters = this.members.slice(0, MASTERS);
    for (const [at, master] of masters.entries()) {
      const [from, to] = [Math.ceil((at * SLOTS) / MASTERS), Math.ceil(((at + 1) * SLOTS) / MASTERS) - 1];
      await master.ask((client) => client.call('CLUSTER', 'ADDSLOTSRANGE', from, to));
      const id = await this.idOf(master);
      await this.members[at + MASTERS]?.ask((client) => client.call('CLUSTER', 'REPLICATE', id));
    }
    await this.settled();
  }

  private async isWhole(): Promise<boolean> {
    const views = await Promise.all(this.members.map(membersAt));
    const states = await Promise.all(this.members.map(stateOf));
    const isSame = new Set(views.map(slotsOf)).size === 1 && states.every((state) => state === 'ok');
    const members = views[0] ?? [];
    const masters = members.filter(({ ranges }) => ranges.length > 0);
    const isHealthy = members.every(({ flags, isLinked }) => !flags.some(isTrouble) && isLinked);
    if (!isSame || !isHealthy || members.length !== this.members.length || masters.length !== MASTERS)
      return false;
    const replicated = await Promise.all(masters.map(({ port }) => hasReplica(this.nodeAt(port))));
    return replicated.every(Boolean);
  }

  private nodeAt(port: string): RedisProcess {
    const found = this.members.find(({ url }) => new URL(url).port === port);
    if (found === undefined) throw new Error(`no node has port ${port}`);
    return found;
  }

  private anyUp(): RedisProcess {
    const found = this.members.find(({ isUp }) => isUp);
    if (found === undefined) throw new Error('no node is up');
    return found;
  }
}

export async function membersAt(witness: RedisProcess): Promise<ClusterMember[]> {
  const text = String(await witness.ask((client) => client.call('CLUSTER', 'NODES')));
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', address = '', flags = '', masterId = '', , , , link, ...slots] = line.split(' ');
      return {
        id,
        port: /:(\d+)@/.exec(address)?.[1] ?? '',
        flags: flags.split(','),
        masterId,
        isLinked: link === 'connected',
        ranges: slots.filter((range) => !range.startsWith('[')),
      };
    });
}

async function meet(one: RedisProcess, other: RedisProcess): Promise<void> {
  const [, busPort = ''] = (await other.ask((client) => client.config('GET', 'cluster-port'))) as string[];
  const { hostname, port } = new URL(other.url);
  await one.ask((client) => client.call('CLUSTER', 'MEET', hostname, port, busPort));
}

/** Nobody tells a fresh node of one that is down: it may know nothing to forget. */
async function forget(node: RedisProcess, id: string): Promise<void> {
  await node
    .ask((client) => client.call('CLUSTER', 'FORGET', id))
    .catch((error: unknown) => {
      if (!String(error).includes('Unknown node')) throw error;
    });
}

async function stateOf(node: RedisProcess): Promise<string | undefined> {
  const info = String(await node.ask((client) => client.call('CLUSTER', 'INFO')));
  return /^cluster_state:(\w+)/m.exec(info)?.[1];
}

async function hasReplica(master: RedisProcess): Promise<boolean> {
  const info = await master.ask((client) => client.info('replication'));
  return info.includes('role:master') && info.includes('state=online');
}

function slotsOf(members: readonly ClusterMember[]): string {
  return members
    .map(({ id, ranges }) => `${id} ${ranges.join(' ')}`)
    .sort()
    .join('\n');
}

function isTrouble(flag: string): boolean {
  return flag.startsWith('fail') || flag === 'handshake' || flag === 'noaddr';
}
