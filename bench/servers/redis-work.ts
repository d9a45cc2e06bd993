import { createHash, createHmac, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type * as ApiKey from '../../src/access/api-key.js';
import type * as Records from '../../src/access/api-key-record.js';
import type * as Permissions from '../../src/access/permission.js';
import { built, setting } from './built.js';
import {
  answerOf,
  type Call,
  isTaken,
  type Submission,
  type SubmissionAnswer,
  submitCall,
  takeAndCall,
  takeCall,
  type TopAnswer,
  topCall,
  topOf,
} from './service-scripts.js';

const { hashSecret, parseApiKey, sameHash } = await built<typeof ApiKey>('access/api-key.js');
const { decodeRecord, encodeRecord } = await built<typeof Records>('access/api-key-record.js');
const { PermissionSet } = await built<typeof Permissions>('access/permission.js');

/** How long a key's record is trusted, as in the service. */
const TRUSTED_MS = 500;
/** Signs cursors, as the service's do. */
const CURSOR_KEY = randomBytes(32);

/** Who sent a request. */
export interface Credential {
  readonly actor: string;
  readonly tenant: string;
  readonly hash: string;
  readonly permissions: Permissions.PermissionSet;
}

interface Recent {
  readonly readAt: number;
  readonly credential: Promise<Credential | undefined>;
}

/** A page of entries, with a cursor as clients get it. */
export type TopPage = Omit<TopAnswer, 'next'> & { readonly next: string | null };

/**
 * What the service does in Redis for a submission and for a page of entries: the API key's record, three token
 * buckets, and the write or the reading.
 */
export class RedisWork {
  private readonly recent = new Map<string, Recent>();
  private readonly digests = new Map<string, string>();

  private constructor(readonly redis: Redis) {}

  /** Connects to REDIS_URL and keeps API_KEY there, a key with the role admin. */
  static async start(options: { readonly autoPipelining: boolean }): Promise<RedisWork> {
    const redis = new Redis(setting('REDIS_URL'), { enableAutoPipelining: options.autoPipelining });
    const key = parseApiKey(setting('API_KEY'));
    if (key === undefined) throw new Error('API_KEY is no API key');
    const record = {
      id: key.id,
      name: 'bench',
      tenant: 'default',
      roles: ['admin'],
      permissions: ['*:*'],
      createdAt: Date.now(),
      expiresAt: undefined,
      hash: hashSecret(key.secret),
      earlier: [],
    };
    await redis.hset(recordKey(key.id), ...encodeRecord(record));
    return new RedisWork(redis);
  }

  /** Whose credential `authorization` is; undefined if it is none. */
  async credentialOf(authorization: string | undefined): Promise<Credential | undefined> {
    const key = authorization?.startsWith('Bearer ') ? parseApiKey(authorization.slice(7)) : undefined;
    if (key === undefined) return undefined;
    const now = performance.now();
    let recent = this.recent.get(key.id);
    if (recent === undefined || now - recent.readAt > TRUSTED_MS) {
      recent = { readAt: now, credential: this.find(key.id) };
      this.recent.set(key.id, recent);
    }
    const credential = await recent.credential;
    return credential && sameHash(hashSecret(key.secret), credential.hash) ? credential : undefined;
  }

  /** Whether the buckets of address, credential and tenant held a token each. */
  async take(address: string, { actor, tenant }: Credential): Promise<boolean> {
    return isTaken(await this.run(takeCall(address, actor, tenant)));
  }

  async submit({ tenant }: Credential, board: string, submission: Submission): Promise<SubmissionAnswer> {
    const answer = answerOf(submission, await this.run(submitCall(tenant, board, submission)));
    if (answer === undefined) throw new Error('nothing was charged, and it was refused');
    return answer;
  }

  /** Both in one trip; undefined if the buckets refused. */
  async takeAndSubmit(
    address: string,
    { actor, tenant }: Credential,
    board: string,
    submission: Submission,
  ): Promise<SubmissionAnswer | undefined> {
    const call = takeAndCall(takeCall(address, actor, tenant), submitCall(tenant, board, submission));
    return answerOf(submission, await this.run(call));
  }

  /** The first entries of a board. */
  async top({ tenant }: Credential, board: string, limit: number): Promise<TopPage> {
    const answer = topOf(await this.run(topCall(tenant, board, limit)));
    if (answer === undefined) throw new Error('nothing was charged, and it was refused');
    return pageOf(tenant, board, answer);
  }

  /** Charges, and reads the first entries, in one trip; undefined if the buckets refused. */
  async takeAndTop(
    address: string,
    { actor, tenant }: Credential,
    board: string,
    limit: number,
  ): Promise<TopPage | undefined> {
    const call = takeAndCall(takeCall(address, actor, tenant), topCall(tenant, board, limit));
    const answer = topOf(await this.run(call));
    return answer && pageOf(tenant, board, answer);
  }

  private async find(id: string): Promise<Credential | undefined> {
    const record = decodeRecord(id, await this.redis.hgetall(recordKey(id)));
    if (record === undefined) return undefined;
    const { tenant, hash, permissions } = record;
    return { actor: id, tenant, hash, permissions: new PermissionSet(permissions) };
  }

  private async run({ source, keys, args }: Call): Promise<unknown> {
    try {
      return await this.redis.evalsha(this.digestOf(source), keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await this.redis.eval(source, keys.length, ...keys, ...args);
    }
  }

  private digestOf(source: string): string {
    let digest = this.digests.get(source);
    if (digest === undefined) {
      digest = createHash('sha1').update(source).digest('hex');
      this.digests.set(source, digest);
    }
    return digest;
  }
}

function pageOf(tenant: string, board: string, { items, next, total }: TopAnswer): TopPage {
  return { items, next: next && cursorOf([tenant, board], next), total };
}

/** A cursor that nobody else can make: what it names, after a signature of that. */
function cursorOf(scope: readonly string[], position: readonly string[]): string {
  const payload = Buffer.from(JSON.stringify(position));
  const mac = createHmac('sha256', CURSOR_KEY).update(JSON.stringify(scope)).update(payload).digest();
  return Buffer.concat([mac.subarray(0, 16), payload]).toString('base64url');
}

function recordKey(id: string): string {
  return `fulcrum:_:{access:keys}:key:${id}`;
}
