import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Nonces } from '../../encryption/nonces.js';
import { ServiceSecret } from '../../transport/pagination/service-secret.js';

/** 96 bits: an id is no secret, but no two sessions may share one. */
const REST_BYTES = 12;
/** 256 bits, which nobody guesses. */
const SECRET_BYTES = 32;
const BUCKET_LETTERS = 2;
const OWNER_LETTERS = 16;
/** What ids look like. */
export const SESSION_ID = /^[0-9a-f]{2}[A-Za-z0-9_-]{32}$/;
const TOKEN = /^fs_([0-9a-f]{2}[A-Za-z0-9_-]{32})_[A-Za-z0-9_-]{43}$/;
/** Letters of base64url, each of which is six independent bits of a hash. */
const HASH_LETTERS = 43;

/** Where the sessions of one owner lie. */
export interface SessionPlace {
  /** Two hexadecimal digits. */
  readonly bucket: string;
  /** Sixteen letters of base64url. */
  readonly owner: string;
}

/** What a client shows, as far as Redis may know it. */
export interface Presented {
  /** The session's id. */
  readonly id: string;
  /** What is stored of the token. */
  readonly verifier: string;
  /** What is not: whoever knows it can say when the session was seen. */
  readonly key: string;
}

export function bucketOf(id: string): string {
  return id.slice(0, BUCKET_LETTERS);
}

/** Where the session lies. */
export function placeOf(id: string): SessionPlace {
  return { bucket: bucketOf(id), owner: id.slice(BUCKET_LETTERS, BUCKET_LETTERS + OWNER_LETTERS) };
}

/** What begins the ids of all sessions of an owner. */
export function idPrefix({ bucket, owner }: SessionPlace): string {
  return bucket + owner;
}

/** The token as its session is asked for it; undefined if `token` was never one of ours. */
export function presented(token: string): Presented | undefined {
  const id = TOKEN.exec(token)?.[1];
  return id === undefined ? undefined : { id, ...hashesOf(token) };
}

/**
 * Two hashes of which neither follows from the other: halves of a SHA-512. A token has 256 random bits, so that a slow hash
 * would protect nothing.
 */
function hashesOf(token: string): { readonly verifier: string; readonly key: string } {
  const digest = hash('sha512', token, 'base64url');
  return { verifier: digest.slice(0, HASH_LETTERS), key: digest.slice(HASH_LETTERS) };
}

/**
 * Ids and tokens. An id tells where its session lies, so that one round trip finds it; the token is the id and a secret.
 * Users stand in ids as a keyed hash: who reads one learns which ids are of the same user, not whose they are.
 */
@Injectable()
export class SessionIds {
  private readonly rests = new Nonces(REST_BYTES);
  private readonly secrets = new Nonces(SECRET_BYTES);
  /** The owners of the sessions of stores, of which an application has one or two. */
  private readonly stores = new LRUCache<string, string>({ max: 100 });
  private key: string | undefined;

  constructor(private readonly secret: ServiceSecret) {}

  /** Where a user's sessions lie. */
  placeOf(tenant: string, userId: string): SessionPlace {
    const digest = this.digest(['user', tenant, userId]);
    return { bucket: digest.toString('hex', 0, 1), owner: digest.toString('base64url', 1, 13) };
  }

  newId(place: SessionPlace): string {
    return idPrefix(place) + this.rests.next().toString('base64url');
  }

  newToken(id: string): string {
    return `fs_${id}_${this.secrets.next().toString('base64url')}`;
  }

  /** Where the sessions lie that a web framework's store `name` keeps in `bucket`. */
  placeInStore(tenant: string, name: string, bucket: string): SessionPlace {
    const known = this.stores.get(`${tenant}/${name}`);
    const owner = known ?? this.digest(['store', tenant, name]).toString('base64url', 0, 12);
    if (known === undefined) this.stores.set(`${tenant}/${name}`, owner);
    return { bucket, owner };
  }

  /** A session whose token, `sid`, that framework chose. */
  presentedToStore(tenant: string, name: string, sid: string): Presented {
    const place = hash('sha256', sid, 'buffer');
    const { owner } = this.placeInStore(tenant, name, '');
    const id = place.toString('hex', 0, 1) + owner + place.toString('base64url', 1, 1 + REST_BYTES);
    return { id, ...hashesOf(sid) };
  }

  /** SHA-3 behind a key is a signature; `Cursors` says why not HMAC. */
  private digest(parts: readonly string[]): Buffer {
    this.key ??= this.secret.derive('session owners').toString('base64');
    return hash('sha3-256', this.key + JSON.stringify(parts), 'buffer');
  }
}
