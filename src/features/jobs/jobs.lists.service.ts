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

/** Where a page ended: in which source, and at which of its jobs. */
interface Position {
  readonly source: number;
  readonly id: string;
  readonly score: string;
}

/** A job that was come by, and whether it still stands. */
interface Row extends Position {
  readonly view?: JobView;
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
   * @throws AppError `pagination.invalid-cursor`
   */
  @Operation(jobEndpoints.list.name)
  async list({ tenant }: Caller, { state, limit = DEFAULT_LIMIT, cursor }: ListJobsQuery): Promise<JobPage> {
    const scope = ['jobs.list', tenant, state ?? ''];
    let position = positionOf(this.cursors.decode(scope, cursor));
    const rows: Row[] = [];
    for (let source = position?.source ?? 0; source < SOURCES.length && rows.length <= limit; source++) {
      const from = SOURCES[source];
      if (from === undefined || (state !== undefined && from.state !== state)) continue;
      const after = position?.source === source ? position : undefined;
      rows.push(...(await this.read(tenant, source, from, after, limit + 1 - rows.length)));
      position = undefined;
    }
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const isEnd = rows.length <= limit || last === undefined;
    return {
      items: shown.flatMap(({ view }) => view ?? []),
      next: isEnd ? null : this.cursors.encode(scope, [String(last.source), last.id, last.score]),
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
        ? (await this.queues.readList(tenant, name, id, limit)).map((each) => ({ id: each, score: 0 }))
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

  private async jobs(
    tenant: string,
    state: JobState,
    places: readonly { readonly id: string; readonly score: number }[],
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

function positionOf(parts: string[] | undefined): Position | undefined {
  if (parts === undefined) return undefined;
  const [source = '', id, score] = parts;
  if (id === undefined || score === undefined || !/^\d$/.test(source)) throw invalidCursor();
  return { source: Number(source), id, score };
}
