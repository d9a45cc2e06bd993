import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { Operation } from '../../telemetry/operation.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { invalidCursor } from '../../transport/pagination/invalid-cursor.js';
import { DEFAULT_LIMIT } from '../../transport/pagination/list-query.dto.js';
import type { JobPage, JobView } from './dto/answers.dto.js';
import type { JobState, ListJobsQuery } from './dto/job.dto.js';
import { jobEndpoints } from './jobs.endpoints.js';
import { shownId } from './jobs.ids.js';
import { dueOf, JobQueues } from './jobs.queues.js';
import { JobRecords } from './jobs.records.js';
import type { Place } from './jobs.scripts.js';
import { scheduleView, viewOf } from './jobs.views.js';

/** One of the collections in which BullMQ keeps jobs of a state. */
interface Source {
  readonly state: JobState;
  readonly name: string;
  /** Of a list none: it is read in the order in which workers take its jobs. */
  readonly order?: 'asc' | 'desc';
}

/** In the order in which a list without a state goes through them. */
const SOURCES: readonly Source[] = [
  { state: 'scheduled', name: 'repeat', order: 'asc' },
  { state: 'active', name: 'active' },
  { state: 'waiting', name: 'wait' },
  { state: 'waiting', name: 'prioritized', order: 'asc' },
  { state: 'delayed', name: 'delayed', order: 'asc' },
  { state: 'failed', name: 'failed', order: 'desc' },
  { state: 'completed', name: 'completed', order: 'desc' },
];

/** Jobs before the last one of a page that a cursor has, to find its place in a list when that one has left. */
const EARLIER = 3;
/** Room for ids in a cursor: any three, and as many more as there is. */
const ROOM = 2900;

/** A job that was come by, and whether it still stands. */
interface Row {
  readonly source: number;
  readonly id: string;
  /** In a list, how many of its jobs pages had up to this one. */
  readonly score: string;
  readonly view?: JobView;
}

/** Where a page ended: in which source, and at which of its jobs. */
interface Position {
  readonly source: number;
  /** '' for the beginning of the source. */
  readonly id: string;
  readonly score: string;
  /** Of a list, what came after that job, and what before it, the last one first. */
  readonly next: string;
  readonly earlier: readonly string[];
}

/** Lists of jobs, by state. */
@Injectable()
export class JobListsService {
  constructor(
    private readonly queues: JobQueues,
    private readonly records: JobRecords,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Jobs by state; a job whose state changes between two pages may come twice, or not at all.
   * @throws AppError `pagination.invalid-cursor`, also for a place in a list of which every job that marks it has left
   */
  @Operation(jobEndpoints.list.name)
  async list({ tenant }: Caller, { state, limit = DEFAULT_LIMIT, cursor }: ListJobsQuery): Promise<JobPage> {
    const scope = ['jobs.list', tenant, state ?? ''];
    const start = positionOf(this.cursors.decode(scope, cursor));
    const rows: Row[] = [];
    for (let source = start?.source ?? 0; source < SOURCES.length && rows.length <= limit; source++) {
      const from = SOURCES[source];
      if (from === undefined || (state !== undefined && from.state !== state)) continue;
      const after = start?.source === source ? start : undefined;
      rows.push(...(await this.read(tenant, source, from, after, limit + 1 - rows.length)));
    }
    const shown = rows.slice(0, limit);
    const [last, following] = [shown.at(-1), rows[limit]];
    const isEnd = last === undefined || following === undefined;
    return {
      items: shown.flatMap(({ view }) => view ?? []),
      next: isEnd ? null : this.cursors.encode(scope, partsOf(placeAfter(shown, last, following, start))),
    };
  }

  private async read(
    tenant: string,
    source: number,
    { state, name, order }: Source,
    after: Position | undefined,
    limit: number,
  ): Promise<Row[]> {
    const { id = '', score = '' } = after ?? {};
    const places =
      order === undefined
        ? await this.listed(tenant, name, after, limit)
        : await this.queues.readSet(tenant, { name, order }, { id, score }, limit);
    const views =
      state === 'scheduled'
        ? await this.schedules(
            tenant,
            places.map((place) => place.id),
          )
        : await this.jobs(tenant, state, places);
    return places.map((place, at) => {
      const view = views[at];
      return {
        source,
        id: place.id,
        score: String(place.score),
        ...(view === undefined ? {} : { view }),
      };
    });
  }

  private async listed(
    tenant: string,
    name: string,
    after: Position | undefined,
    limit: number,
  ): Promise<Place[]> {
    const { id = '', score = '', next = '', earlier = [] } = after ?? {};
    const depth = Number(score);
    const gap = { depth, next, after: id === '' ? [] : [id, ...earlier] };
    const ids = await this.queues.readList(tenant, name, gap, limit);
    if (ids === undefined) throw invalidCursor();
    return ids.map((each, at) => ({ id: each, score: depth + at + 1 }));
  }

  private async jobs(
    tenant: string,
    state: JobState,
    places: readonly Place[],
  ): Promise<(JobView | undefined)[]> {
    const found = await this.queues.jobs(
      tenant,
      places.map(({ id }) => id),
    );
    return found.map((job, at) => {
      const due = state === 'delayed' ? dueOf(places[at]?.score ?? 0) : undefined;
      return job && viewOf(job, state, due);
    });
  }

  private async schedules(tenant: string, stored: readonly string[]): Promise<(JobView | undefined)[]> {
    return await Promise.all(
      stored.map(async (each) => {
        const id = shownId(each);
        const [schedule, progress] = await Promise.all([
          this.records.schedule(tenant, id),
          this.queues.progress(tenant, id),
        ]);
        return schedule && scheduleView(id, schedule, progress ?? { runs: 0 });
      }),
    );
  }
}

/** The place between the page that is shown and what follows. */
function placeAfter(
  shown: readonly Row[],
  { source, id, score }: Row,
  following: Row,
  start: Position | undefined,
): Position {
  const isList = SOURCES[source]?.order === undefined;
  if (!isList) return { source, id, score, next: '', earlier: [] };
  // The page came to the end of the list, which needs no marks.
  if (following.source !== source) {
    return { source: following.source, id: '', score: '', next: '', earlier: [] };
  }
  const own = shown.slice(0, -1).filter((row) => row.source === source);
  const before = start?.source === source ? [start.id, ...start.earlier] : [];
  const earlier = [...own.map((row) => row.id).reverse(), ...before].slice(0, EARLIER);
  return { source, id, score, next: following.id, earlier: earlier.filter((each) => each !== '') };
}

function partsOf({ source, id, score, next, earlier }: Position): string[] {
  const parts = [String(source), id, score, next];
  let room = ROOM - id.length - next.length;
  for (const each of earlier) {
    room -= each.length;
    if (room >= 0) parts.push(each);
  }
  return parts;
}

function positionOf(parts: string[] | undefined): Position | undefined {
  if (parts === undefined) return undefined;
  const [source = '', id, score, next = '', ...earlier] = parts;
  if (id === undefined || score === undefined || !/^\d$/.test(source)) throw invalidCursor();
  return { source: Number(source), id, score, next, earlier };
}
