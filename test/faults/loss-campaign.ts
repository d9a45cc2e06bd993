import type { Redis } from 'ioredis';
import type { Answer, ApiClient } from '../support/api-client.js';
import type { Random } from '../support/random.js';
import type { RedisProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { type Mutation, randomMutation } from './mutations.js';
import { DEADLINE_MS } from './sizes.js';

/** What came of a campaign; every list names the requests that went wrong. */
export interface CampaignResult {
  /** Replies to changing commands that Redis executed and the service never got. */
  losses: number;
  requests: number;
  /** Sends of a request, the repeated ones included. */
  sends: number;
  unavailable: number;
  /** Executed more than once, or answered as if: an answer that tells of a state the same request had made. */
  twice: string[];
  /** Not answered within the deadline. */
  hung: string[];
  /** Answered 2xx without the effect. */
  absent: string[];
  /** 503 without `retryable`, or `retryable: true` after which the same request did not lead to one effect. */
  untruthful: string[];
  /** Anything but success and a problem document with 503. */
  unexpected: string[];
}

const READS = new Set(['GET', 'HGETALL', 'ZCARD', 'EXISTS', 'ZRANGE', 'ZRANGEBYLEX', 'TIME', 'PING']);
const SETUP = new Set(['INFO', 'CLIENT', 'AUTH', 'SELECT', 'SCRIPT', 'SUBSCRIBE', 'PUBLISH']);
const MAX_SENDS = 50;

function isChange([name = '']: readonly string[]): boolean {
  const upper = name.toUpperCase();
  return !READS.has(upper) && !SETUP.has(upper);
}

function isAny([name = '']: readonly string[]): boolean {
  return !SETUP.has(name.toUpperCase());
}

/** Sends requests at random, a few at once, and loses replies among them until `losses` are lost. */
export class LossCampaign {
  private readonly result: CampaignResult = {
    losses: 0,
    requests: 0,
    sends: 0,
    unavailable: 0,
    twice: [],
    hung: [],
    absent: [],
    untruthful: [],
    unexpected: [],
  };

  constructor(
    private readonly api: ApiClient,
    private readonly proxy: RedisProxy,
    /** Not by way of the proxy. */
    private readonly redis: Redis,
    private readonly random: Random,
  ) {}

  async run(losses: number): Promise<CampaignResult> {
    for (let round = 0; this.result.losses < losses; round++) await this.round(round);
    return this.result;
  }

  private async round(round: number): Promise<void> {
    const mutations = Array.from({ length: 1 + this.random.below(5) }, (_, at) =>
      randomMutation(`${round}-${at}`, this.random),
    );
    // After an outage the service tries to connect once a second; nothing is lost between here and `arm`.
    await waitUntil('Redis is reached', async () => (await this.api.get('/health/ready')).status === 200);
    for (const mutation of mutations) await mutation.prepare(this.api);
    this.proxy.lost.length = 0;
    const pending = new Map(mutations.map((mutation) => [mutation, [] as Answer[]]));
    while (pending.size > 0) {
      const isFirst = pending.size === mutations.length;
      if (isFirst || this.random.chance(0.3)) this.arm(pending.size);
      await Promise.all([...pending].map(([mutation, answers]) => this.attempt(mutation, answers)));
      this.proxy.accept();
      for (const [mutation, answers] of pending) {
        if (this.isDone(mutation, answers)) {
          pending.delete(mutation);
          await this.judge(mutation, answers);
        }
      }
    }
    this.result.losses += this.proxy.lost.filter(({ words }) => isChange(words)).length;
    this.result.requests += mutations.length;
  }

  private arm(requests: number): void {
    const outage = this.random.chance(0.2);
    this.proxy.lose({
      isTarget: this.random.chance(0.85) ? isChange : isAny,
      after: this.random.below(requests * 2),
      outage,
      // Redis is away between two steps of one request.
      afterReply: outage && this.random.chance(0.5),
    });
  }

  private async attempt(mutation: Mutation, answers: Answer[]): Promise<void> {
    this.result.sends++;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), DEADLINE_MS);
    });
    const answer = await Promise.race([mutation.send(this.api), late]);
    clearTimeout(timer);
    if (answer === undefined) this.result.hung.push(mutation.label);
    else answers.push(answer);
  }

  private isDone(mutation: Mutation, answers: readonly Answer[]): boolean {
    const last = answers.at(-1);
    if (last?.status !== 503 || answers.length >= MAX_SENDS) return true;
    return !(mutation.isKeyed || last.body.retryable === true);
  }

  private async judge(mutation: Mutation, answers: readonly Answer[]): Promise<void> {
    const { result } = this;
    const last = answers.at(-1);
    if (last === undefined) return;
    const name = `${mutation.label}${mutation.isKeyed ? ' with key' : ''} ${answers.map(told).join(', ')}`;
    const failures = answers.filter(({ status }) => status === 503);
    result.unavailable += failures.length;
    const isSuccess = last.status >= 200 && last.status < 300;
    const isFollowed = answers.length > 1 && mutation.mayFollow?.(last) === true;
    if (!isSuccess && !isFollowed && last.status !== 503) result.unexpected.push(name);
    const isProblem = ({ headers }: Answer) => headers.get('content-type')?.includes('problem+json');
    if (failures.some(({ body }) => typeof body.retryable !== 'boolean')) result.untruthful.push(name);
    if (failures.some((failure) => !isProblem(failure))) result.unexpected.push(name);

    const effects = await mutation.effects(this.redis, last);
    const isToldWrongly = answers.length === 1 && isSuccess && !mutation.tellsOfOne(last);
    if (effects > 1 || isToldWrongly) result.twice.push(`${name}: ${effects}`);
    if (isSuccess && effects === 0) result.absent.push(name);
    const isRepeated = failures.some(({ body }) => body.retryable === true);
    if (isRepeated && (isSuccess || isFollowed) && effects !== 1) result.untruthful.push(name);
  }
}

function told({ status, body }: Answer): string {
  return status === 503 ? `503 ${body.code} retryable ${body.retryable}` : String(status);
}
