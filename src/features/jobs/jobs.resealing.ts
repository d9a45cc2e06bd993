import { Injectable } from '@nestjs/common';
import { type ResealTally, type SealedKind, SealedValues } from '../../encryption/sealed-values.js';
import { hashPages } from '../../redis/hash-pages.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { HEADERS, SealedHeaders } from './jobs.headers.js';
import { JobsKeys } from './jobs.keys.js';
import { readListScript, readSetScript, resealJobScript } from './jobs.scripts.js';

const PAGE = 1000;
/** Jobs by which a place in a list is found again. */
const MARKS = 4;
/** How often a job is read again that somebody wrote in between; only another one who reseals does. */
const ATTEMPTS = 5;

/** Where jobs are, in the order that they go; those that are tried again come back to the first ones, which are looked at twice. */
const LISTS = ['delayed', 'prioritized', 'wait', 'active'];
const WALK = [...LISTS, ...LISTS, 'failed', 'completed'];
const IS_LIST = new Set(['wait', 'active']);

/** A field that holds a job, or a schedule, which has its job within. */
interface Place {
  readonly tenant: string;
  readonly key: string;
  readonly field: string;
}

interface Sealed {
  readonly operation: string;
  readonly sealed: string;
}

/** Puts the headers of requests that jobs send under the newest key, while workers run them. */
@Injectable()
export class JobResealing implements SealedKind {
  readonly what = HEADERS;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: JobsKeys,
    private readonly headers: SealedHeaders,
    kinds: SealedValues,
  ) {
    kinds.register(this);
  }

  async count(): Promise<number> {
    let total = 0;
    for await (const place of this.places()) {
      if (sealedIn((await this.read(place)) ?? '') !== undefined) total++;
    }
    return total;
  }

  async reseal(tally: ResealTally, signal: AbortSignal): Promise<void> {
    for await (const place of this.places()) {
      if (signal.aborted) return;
      await this.resealAt(place, tally);
    }
  }

  private async resealAt(place: Place, tally: ResealTally): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await this.read(place);
      const found = before === undefined ? undefined : sealedIn(before);
      if (before === undefined || found === undefined) return;
      if (attempt === 0) tally.looked++;
      if (!this.headers.isStale(found.sealed)) return;
      const sealed = this.headers.resealed(place.tenant, found.operation, found.sealed);
      if (sealed === undefined) {
        tally.addUnreadable(found.sealed);
        return;
      }
      const isDone = await this.scripts.run(resealJobScript, {
        keys: { job: place.key },
        // A sealed text is letters, digits and signs that JSON writes as they are, and stands there once.
        args: { field: place.field, before, after: before.replace(found.sealed, sealed) },
        repeatable: true,
      });
      if (isDone) {
        tally.resealed++;
        return;
      }
    }
    tally.contended++;
  }

  private async read({ key, field }: Place): Promise<string | undefined> {
    const json = await this.gateway.execute((client) => client.hget(key, field), { repeatable: true });
    return json ?? undefined;
  }

  private async *places(): AsyncGenerator<Place> {
    const tenants = await this.gateway.execute((client) => client.zrange(this.keys.tenants(), 0, -1), {
      repeatable: true,
    });
    for (const tenant of tenants) {
      const schedules = this.keys.schedules(tenant);
      for await (const page of hashPages(this.gateway, schedules, PAGE)) {
        for (const [id] of page) yield { tenant, key: schedules, field: id };
      }
      for await (const id of this.ids(tenant, 'repeat')) {
        yield { tenant, key: this.keys.queue(tenant, `repeat:${id}`), field: 'data' };
      }
      for (const part of WALK) {
        for await (const id of this.ids(tenant, part)) {
          yield { tenant, key: this.keys.queue(tenant, id), field: 'data' };
        }
      }
    }
  }

  private async *ids(tenant: string, part: string): AsyncGenerator<string> {
    const jobs = this.keys.queue(tenant, part);
    if (IS_LIST.has(part)) {
      yield* this.listed(jobs);
      return;
    }
    for (let id = '', score = '', isLast = false; !isLast;) {
      const page = await this.setPage(jobs, id, score);
      for (const each of page) yield each.id;
      id = page.at(-1)?.id ?? '';
      score = String(page.at(-1)?.score ?? '');
      isLast = page.length < PAGE;
    }
  }

  /** The ids of a list, from its beginning again where its place was lost: what is left of it, some of which is not new. */
  private async *listed(jobs: string): AsyncGenerator<string> {
    for (let depth = 0, after: string[] = [], isLast = false; !isLast;) {
      const page = (await this.listPage(jobs, depth, after)) ?? (await this.listPage(jobs, 0, [])) ?? [];
      yield* page;
      depth += page.length;
      after = page.slice(-MARKS).reverse();
      isLast = page.length < PAGE;
    }
  }

  private async listPage(
    jobs: string,
    depth: number,
    after: readonly string[],
  ): Promise<string[] | undefined> {
    return await this.scripts.run(readListScript, {
      keys: { jobs },
      args: { limit: PAGE, depth, next: '' },
      rest: after,
      repeatable: true,
    });
  }

  private async setPage(
    jobs: string,
    id: string,
    score: string,
  ): Promise<readonly { readonly id: string; readonly score: number }[]> {
    return await this.scripts.run(readSetScript, {
      keys: { jobs },
      args: { id, score, limit: PAGE, order: 'asc' },
      repeatable: true,
    });
  }
}

/** What is sealed in a job, or in a schedule's, that is written as JSON. */
function sealedIn(json: string): Sealed | undefined {
  if (!json.includes('"sealed"')) return undefined;
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) return undefined;
  const job: unknown = 'job' in value ? value.job : value;
  if (typeof job !== 'object' || job === null) return undefined;
  const operation: unknown = Reflect.get(job, 'operation');
  const sealed: unknown = Reflect.get(job, 'sealed');
  return typeof operation === 'string' && typeof sealed === 'string' ? { operation, sealed } : undefined;
}
