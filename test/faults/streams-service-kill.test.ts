import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Random, seedOfRun } from '../support/random.js';
import { startCluster, type TestCluster } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { patience, sized } from './sizes.js';
import { Consumers } from './streams-consumers.js';
import { EventFlow, told } from './streams-flow.js';

const EVENTS = sized(300, 5000);
const KILLS = sized(2, 20);
const EFFECTS_A_COMMIT = 2;
/** Times that the service is killed at most until it leaves commits of which some effects took place. */
const MAX_KILLS = 20;

let cluster: TestCluster;
let redis: Cluster;
let service: ServiceProcess;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  cluster = await startCluster();
  const { password } = new URL(cluster.urls[0] ?? '');
  redis = new Cluster([...cluster.urls], { redisOptions: { password } });
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

afterAll(async () => {
  redis?.disconnect();
  await cluster?.stop();
});

/** A flow whose effects lie in other slots than its events, and consumers that commit in large parts. */
class Campaign {
  readonly flow: EventFlow;
  /** Names of all commits that the kills left. */
  readonly left = new Set<string>();
  private readonly key: (part: string) => string;
  private running: Consumers | undefined;

  constructor(
    name: string,
    private readonly random: Random,
  ) {
    this.flow = new EventFlow(() => service.admin, { name, spread: 3, visibilityTimeoutMs: 500 });
    this.key = (part) => `fulcrum:default:{streams:${this.flow.events}}:${part}`;
  }

  async open(): Promise<void> {
    await this.start();
    await this.flow.open();
    const { flow, random } = this;
    const consumers = new Consumers({ url: service.url, flow, random, count: 3, limit: 40, pauseMs: 10 });
    cleanups.push(() => consumers.stop());
    this.running = consumers;
  }

  get unexpected(): readonly string[] | undefined {
    return this.running?.unexpected;
  }

  /** Appends `events`, and kills the service with its relay while effects of commits are being applied. */
  async killAmidCommits(events: number): Promise<void> {
    await this.flow.append(events);
    const unhandled = 1 + this.random.below(events);
    const isTime = async () => (await this.flow.unhandled()) <= unhandled;
    await waitUntil('some events are handled', isTime, { timeoutMs: 60_000, everyMs: 5 });
    // It may be that all are handled and settled before anybody looks.
    const isAmid = async () => (await this.commits()).some((commit) => !this.left.has(commit));
    const isOver = async () => (await this.flow.unhandled()) === 0;
    await waitUntil('commits', async () => (await isAmid()) || (await isOver()), {
      timeoutMs: 60_000,
      everyMs: 1,
    });
    await pause(this.random.below(10));
    await service.stop('SIGKILL');
    for (const commit of await this.commits()) this.left.add(commit);
  }

  /**
   * Takes away one commit of which some effect has not taken place, and the records of what has; false if the last kill
   * left too little for that.
   */
  async tamper(): Promise<boolean> {
    const states = Object.entries(await redis.hgetallBuffer(this.key('effects')));
    const written = states.filter(([, packed]) => packed.includes('written')).map(([commit]) => commit);
    const records = await this.keysWith(':operation:');
    const recordsOf = (commit: string) => records.filter((key) => key.includes(`:operation:${commit}.`));
    const lost = written.find((commit) => recordsOf(commit).length < EFFECTS_A_COMMIT);
    const forgotten = written.filter((commit) => commit !== lost).flatMap(recordsOf);
    if (lost === undefined || forgotten.length === 0) return false;
    await redis.zrem(this.key('outbox'), lost);
    await redis.hdel(this.key('effects'), lost);
    await Promise.all([...forgotten, ...recordsOf(lost)].map((key) => redis.del(key)));
    return true;
  }

  /** Lets the next service have at once what the last one left. */
  async hurry(): Promise<void> {
    const commits = await this.commits();
    await Promise.all(commits.map((commit) => redis.zadd(this.key('outbox'), 'XX', 0, commit)));
    const [outboxes = ''] = await this.keysWith(':outboxes');
    await redis.zadd(outboxes, 'XX', 0, `default/${this.flow.events}`);
  }

  async start(): Promise<void> {
    service = await startServiceProcess({ REDIS_CLUSTER_NODES: cluster.urls.join(',') });
    const started = service;
    cleanups.push(() => started.stop());
    this.running?.moveTo(service.url);
  }

  /** Names of the commits that are not settled. */
  private async commits(): Promise<string[]> {
    return await redis.zrange(this.key('outbox'), 0, -1);
  }

  private async keysWith(part: string): Promise<string[]> {
    return (await Promise.all(redis.nodes('master').map((node) => node.keys(`*${part}*`)))).flat();
  }
}

const seed = seedOfRun();

describe('kill -9 of a service amid commits whose effects lie on other masters', () => {
  it(
    `misses no effect and doubles none once another one has run (seed ${seed})`,
    async () => {
      const campaign = new Campaign('crashed', new Random(seed));
      await campaign.open();
      for (let kill = 0; kill < KILLS; kill++) {
        await campaign.killAmidCommits(EVENTS / KILLS);
        await campaign.start();
      }
      await campaign.flow.untilSettled(cluster.urls, 180_000);
      const verdict = await campaign.flow.judge();
      const when = `across ${KILLS} SIGKILLs of the service that left ${campaign.left.size} commits`;
      console.log(told(verdict, when));
      const { events, lost, missing, doubled } = verdict;
      const deadLetters = await campaign.flow.deadLetters();
      expect({ events, lost, missing, doubled, deadLetters, unexpected: campaign.unexpected }).toEqual({
        events: EVENTS,
        lost: [],
        missing: [],
        doubled: [],
        deadLetters: 0,
        unexpected: [],
      });
      expect(campaign.left.size).toBeGreaterThan(0);
    },
    patience(EVENTS + KILLS * 200, 50),
  );

  it(`is found to double effects without their records, and to miss those of a lost commit (seed ${seed})`, async () => {
    const campaign = new Campaign('tampered', new Random(seed));
    await campaign.open();
    let isTampered = false;
    let kills = 0;
    while (!isTampered && kills < MAX_KILLS) {
      await campaign.killAmidCommits(100);
      kills++;
      isTampered = await campaign.tamper();
      await campaign.hurry();
      await campaign.start();
    }
    await campaign.flow.untilSettled(cluster.urls, 120_000);
    const verdict = await campaign.flow.judge();
    console.log(
      `with tampered books: ${told(verdict, `across ${kills} SIGKILL${kills === 1 ? '' : 's'} of the service`)}`,
    );
    expect(verdict.doubled.length).toBeGreaterThan(0);
    expect(verdict.missing.length).toBeGreaterThan(0);
  }, 300_000);
});
