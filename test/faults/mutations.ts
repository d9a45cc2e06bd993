import type { Redis } from 'ioredis';
import { hashSecret } from '../../src/access/api-key.js';
import type { Answer, ApiClient } from '../support/api-client.js';
import type { Random } from '../support/random.js';

/** One request that changes something of its own, so that its effects can be counted in Redis itself. */
export interface Mutation {
  readonly label: string;
  /** Whether it carries an Idempotency-Key. */
  readonly isKeyed: boolean;
  /** Brings about what the request needs. */
  prepare(api: ApiClient): Promise<void>;
  send(api: ApiClient): Promise<Answer>;
  /** How often it took effect; `answer` is the one that it was given at last. */
  effects(redis: Redis, answer: Answer): Promise<number>;
  /** Whether `answer`, given to the first attempt, tells of exactly one execution. */
  tellsOfOne(answer: Answer): boolean;
  /** Whether a request that is sent again may be answered like this once the effect stands. */
  mayFollow?(answer: Answer): boolean;
}

type Make = (name: string, headers: Record<string, string>, random: Random) => Mutation;

const key = (tenant: string, feature: string, name: string, part: string) =>
  `fulcrum:${tenant}:{${feature}:${name}}:${part}`;
const boardKey = (board: string, part: string) => key('default', 'leaderboards', board, part);
const accessKey = (part: string) => key('_', 'access', 'keys', part);
const boardPath = (board: string) => `/v1/leaderboards/${board}`;
const isOk = ({ status }: Answer) => status >= 200 && status < 300;

async function must(answer: Promise<Answer>): Promise<Answer> {
  const given = await answer;
  if (!isOk(given)) throw new Error(`preparing was answered ${given.status}: ${JSON.stringify(given.body)}`);
  return given;
}

/** The score as it stands, or 0 without an entry. */
async function scoreOf(redis: Redis, board: string, member: string): Promise<number> {
  const arrival = await redis.hgetBuffer(boardKey(board, 'arrivals'), member);
  if (arrival === null) return 0;
  const element = Buffer.concat([arrival, Buffer.from(member)]);
  return -Number(await redis.zscore(boardKey(board, 'entries'), element));
}

/** Some submissions go to a board that stands, some make theirs. */
const boardFor = (name: string, random: Random) => (random.chance(0.5) ? `own-${name}` : 'shared');

function submission(operator: 'set' | 'best' | 'increment'): Make {
  return (name, headers, random) => {
    const board = boardFor(name, random);
    const member = `member-${name}`;
    const score = 1 + random.below(1000);
    return {
      label: operator,
      isKeyed: 'idempotency-key' in headers,
      prepare: async () => Promise.resolve(),
      send: (api) =>
        api.post(
          `${boardPath(board)}/submissions`,
          { member, score, operator, metadata: { of: name } },
          headers,
        ),
      effects: async (redis) => (await scoreOf(redis, board, member)) / score,
      tellsOfOne: ({ body }) => body.score === score && body.previousScore === null && body.changed === true,
    };
  };
}

/** Increments, in some batches more of them than fit into one script. */
const batch: Make = (name, headers, random) => {
  const board = boardFor(name, random);
  const rows = random.chance(0.5) ? 3 : 250;
  const members = Array.from({ length: rows }, (_, at) => `row-${name}-${at}`);
  return {
    label: 'batch',
    isKeyed: 'idempotency-key' in headers,
    prepare: async () => Promise.resolve(),
    send: (api) =>
      api.post(
        `${boardPath(board)}/submissions/batch`,
        { submissions: members.map((member) => ({ member, score: 2, operator: 'increment' })) },
        headers,
      ),
    effects: async (redis, answer) => {
      const counts = await Promise.all(
        members.map(async (member) => (await scoreOf(redis, board, member)) / 2),
      );
      // A batch that was given up half-way has taken effect for some rows: only a success promises all of them.
      return isOk(answer) && counts.includes(0) ? 0 : Math.max(...counts);
    },
    tellsOfOne: ({ body }) =>
      (body.results as { changed: boolean; previousScore: unknown }[]).every(
        ({ changed, previousScore }) => changed && previousScore === null,
      ),
  };
};

const configure: Make = (name, _headers, random) => {
  const capacity = 1 + random.below(1000);
  return {
    label: 'configure',
    isKeyed: false,
    prepare: async () => Promise.resolve(),
    send: (api) => api.put(boardPath(`put-${name}`), { capacity, denseRanks: true }),
    effects: async (redis) =>
      Number((await redis.hget(boardKey(`put-${name}`, 'info'), 'capacity')) === String(capacity)),
    tellsOfOne: ({ status }) => status === 201,
  };
};

const removeEntry: Make = (name, _headers, _random) => {
  const board = 'removals';
  const member = `member-${name}`;
  return {
    label: 'remove entry',
    isKeyed: false,
    prepare: async (api) => {
      await must(api.post(`${boardPath(board)}/submissions`, { member, score: 1 }));
    },
    send: (api) => api.delete(`${boardPath(board)}/entries/${member}`),
    effects: async (redis) => Number((await scoreOf(redis, board, member)) === 0),
    tellsOfOne: ({ status }) => status === 204,
    mayFollow: ({ status, body }) => status === 404 && body.code === 'leaderboards.member-not-found',
  };
};

const closeSeason: Make = (name, headers, _random) => {
  const board = `seasons-${name}`;
  return {
    label: 'close season',
    isKeyed: 'idempotency-key' in headers,
    prepare: async (api) => {
      await must(api.put(boardPath(board), { keepSeasons: 5 }));
      await must(api.post(`${boardPath(board)}/submissions`, { member: 'one', score: 1 }));
    },
    send: (api) => api.post(`${boardPath(board)}/seasons`, {}, headers),
    effects: (redis) => redis.zcard(boardKey(board, 'seasons')),
    tellsOfOne: ({ body }) => body.id === '1' && body.total === 1,
  };
};

const createKey: Make = (name, headers, _random) => {
  const tenant = `tenant-${name}`;
  return {
    label: 'create key',
    isKeyed: 'idempotency-key' in headers,
    prepare: async () => Promise.resolve(),
    send: (api) => api.post('/v1/api-keys', { name: 'made', roles: ['reader'], tenant }, headers),
    effects: async (redis, answer) => {
      const made = await redis.zcard(accessKey(`tenant:${tenant}`));
      return isOk(answer) && !(await isSecret(redis, answer)) ? 0 : made;
    },
    tellsOfOne: ({ status }) => status === 201,
  };
};

const removeKey: Make = (name, _headers, _random) => {
  let id = '';
  return {
    label: 'revoke key',
    isKeyed: false,
    prepare: async (api) => {
      ({ id } = (await must(api.post('/v1/api-keys', { name, roles: ['reader'] }))).body);
    },
    send: (api) => api.delete(`/v1/api-keys/${id}`),
    effects: async (redis) => Number((await redis.exists(accessKey(`key:${id}`))) === 0),
    tellsOfOne: ({ status }) => status === 204,
    mayFollow: ({ status, body }) => status === 404 && body.code === 'access.key-not-found',
  };
};

const rotateKey: Make = (name, headers, _random) => {
  let id = '';
  let before = '';
  return {
    label: 'rotate key',
    isKeyed: 'idempotency-key' in headers,
    prepare: async (api) => {
      const made = (await must(api.post('/v1/api-keys', { name, roles: ['reader'] }))).body;
      id = made.id;
      before = made.secret;
    },
    send: (api) => api.post(`/v1/api-keys/${id}/rotate`, { graceMs: 60_000 }, headers),
    effects: async (redis, answer) => {
      const record = await redis.hmget(accessKey(`key:${id}`), 'hash', 'previousHash');
      // The first secret is the one in use, then the one that still works for a while, then gone.
      const rotations = [0, 1].find((at) => record[at] === hashOf(before)) ?? 2;
      return isOk(answer) && !(await isSecret(redis, answer)) ? 0 : rotations;
    },
    tellsOfOne: ({ status }) => status === 200,
  };
};

function hashOf(secret: string): string {
  return String(hashSecret(secret.split('_').slice(2).join('_')));
}

/** Whether the secret of `answer` is the one that the key has now. */
async function isSecret(redis: Redis, { body }: Answer): Promise<boolean> {
  return (await redis.hget(accessKey(`key:${body.id}`), 'hash')) === hashOf(body.secret);
}

/** A job for tomorrow, with an id of its own in half of the cases, so that it is still there when it is looked for. */
const createJob: Make = (name, headers, random) => {
  const more = random.chance(0.5) ? { jobId: `job:${name}` } : {};
  const delayed = key('default', 'jobs', 'queue', 'jobs:delayed');
  return {
    label: 'create job',
    isKeyed: 'idempotency-key' in headers,
    prepare: async () => Promise.resolve(),
    send: (api) => {
      const payload = { stream: `of-${name}`, data: name };
      return api.post('/v1/jobs', { kind: 'streams.append', payload, delayMs: 86_400_000, ...more }, headers);
    },
    effects: async (redis) => {
      const ids = await redis.zrange(delayed, 0, -1);
      const data = await Promise.all(
        ids.map((id) => redis.hget(key('default', 'jobs', 'queue', `jobs:${id}`), 'data')),
      );
      return data.filter((json) => json?.includes(`"of-${name}"`)).length;
    },
    tellsOfOne: ({ status }) => status === 202,
  };
};

const MAKERS: readonly [Make, ...Make[]] = [
  submission('set'),
  submission('best'),
  submission('increment'),
  submission('increment'),
  batch,
  configure,
  removeEntry,
  closeSeason,
  createKey,
  removeKey,
  rotateKey,
  createJob,
];

/** A mutation of its own kind, drawn by `random`; half of those that can carry an Idempotency-Key do. */
export function randomMutation(name: string, random: Random): Mutation {
  const headers: Record<string, string> = random.chance(0.5) ? { 'idempotency-key': `key-${name}` } : {};
  return random.pick(MAKERS)(name, headers, random);
}
