import { Injectable } from '@nestjs/common';
import { type ResealTally, type SealedKind, SealedValues } from '../../encryption/sealed-values.js';
import { hashPages, type HashField } from '../../redis/hash-pages.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { type DueBoard as Board, LeaderboardIndexes } from './leaderboards.indexes.js';
import { LeaderboardKeys } from './leaderboards.keys.js';
import { EntryMetadata } from './leaderboards.metadata.js';
import { resealMetadataScript } from './leaderboards.scripts.js';

/** Fields that are asked for at once, and boards' names. */
const PAGE = 100;
const BOARDS_A_PAGE = 1000;
/** Documents that one script replaces, so that no other client waits long for Redis. */
const CHANGES_A_SCRIPT = 50;
/** How often a document is read again that somebody wrote in between. */
const ATTEMPTS = 100;

/** A document to replace. */
interface Change {
  readonly member: string;
  readonly stored: string;
  readonly sealed: string;
}

/** Puts the metadata of entries, of archived seasons too, under the newest key while the service serves it. */
@Injectable()
export class MetadataResealing implements SealedKind {
  readonly what = 'leaderboards.metadata';

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: LeaderboardKeys,
    private readonly indexes: LeaderboardIndexes,
    private readonly metadata: EntryMetadata,
    kinds: SealedValues,
  ) {
    kinds.register(this);
  }

  async count(): Promise<number> {
    let total = 0;
    for await (const board of this.boards()) {
      for await (const key of this.hashes(board)) {
        total += await this.gateway.execute((client) => client.hlen(key), { repeatable: true });
      }
    }
    return total;
  }

  async reseal(tally: ResealTally, signal: AbortSignal): Promise<void> {
    for await (const board of this.boards()) {
      for await (const key of this.hashes(board)) {
        for await (const page of hashPages(this.gateway, key, PAGE)) {
          for (let at = 0; at < page.length; at += CHANGES_A_SCRIPT) {
            if (signal.aborted) return;
            await this.resealPart(board, key, page.slice(at, at + CHANGES_A_SCRIPT), tally);
          }
        }
      }
    }
  }

  private async resealPart(
    board: Board,
    key: string,
    fields: readonly HashField[],
    tally: ResealTally,
  ): Promise<void> {
    tally.looked += fields.length;
    let rest = fields;
    for (let attempt = 0; attempt < ATTEMPTS && rest.length > 0; attempt++) {
      const changes = rest.flatMap((field) => this.changeOf(board, field, tally) ?? []);
      rest = await this.replaced(key, changes, tally);
    }
    tally.contended += rest.length;
  }

  /** undefined if the document may stay as it is, or has to. */
  private changeOf(board: Board, [member, stored]: HashField, tally: ResealTally): Change | undefined {
    if (!this.metadata.isStale(stored)) return undefined;
    const sealed = this.metadata.resealed({ ...board, member }, stored);
    if (sealed === undefined) tally.addUnreadable(stored);
    return sealed === undefined ? undefined : { member, stored, sealed };
  }

  /** Those that somebody wrote in between, as they are now; one that is gone, or went into an archive, is none. */
  private async replaced(key: string, changes: readonly Change[], tally: ResealTally): Promise<HashField[]> {
    if (changes.length === 0) return [];
    const done = await this.scripts.run(resealMetadataScript, {
      keys: { metadata: key },
      args: {},
      rest: changes.flatMap(({ member, stored, sealed }) => [member, stored, sealed]),
      repeatable: true,
    });
    const others = changes.filter((_, at) => !done[at]).map(({ member }) => member);
    tally.resealed += changes.length - others.length;
    if (others.length === 0) return [];
    const values = await this.gateway.execute((client) => client.hmget(key, ...others), { repeatable: true });
    return others.flatMap((member, at): HashField[] => {
      const value = values[at];
      return typeof value === 'string' ? [[member, value]] : [];
    });
  }

  private async *boards(): AsyncGenerator<Board> {
    for (const tenant of await this.indexes.tenants()) {
      for (let after: string | undefined, isLast = false; !isLast;) {
        const names = await this.indexes.boards(tenant, after, BOARDS_A_PAGE);
        for (const board of names) yield { tenant, board };
        after = names.at(-1);
        isLast = names.length < BOARDS_A_PAGE;
      }
    }
  }

  /** The hashes of a board's documents. Seasons after the live one: what is archived while that is walked is among them. */
  private async *hashes({ tenant, board }: Board): AsyncGenerator<string> {
    yield this.keys.live(tenant, board).metadata;
    const seasons = this.keys.seasons(tenant, board);
    const ids = await this.gateway.execute((client) => client.zrange(seasons, 0, -1), { repeatable: true });
    for (const id of ids) yield this.keys.season(tenant, board, id).metadata;
  }
}
