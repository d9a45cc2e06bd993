import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { AppError } from '../../errors/app-error.js';
import { redisErrors } from '../../errors/core.errors.js';
import { LateEffectError, SETTLED_RECORD_MS } from '../../effects/effect-handlers.js';
import { type FenceCheck, isStaleFence } from '../../redis/fence.js';
import { followUp } from '../../redis/follow-up.js';
import { newIncarnation } from '../../redis/incarnation.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { unavailable } from '../../redis/redis-failure.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import {
  Idempotency,
  type IdempotentOperation,
  keyedArgs,
  keyReused,
} from '../../transport/idempotency/idempotency.js';
import { problemTable } from '../../transport/problem/problem-table.js';
import { validated } from '../../transport/validation/validate.js';
import type { BatchAnswer, BatchResult, SubmissionAnswer } from './dto/answers.dto.js';
import { SubmissionBody, type SubmissionBatchMessage, type SubmissionMessage } from './dto/submission.dto.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { scoreOverflow } from './leaderboards.errors.js';
import { LeaderboardIndexes } from './leaderboards.indexes.js';
import { LeaderboardKeys } from './leaderboards.keys.js';
import { EntryMetadata } from './leaderboards.metadata.js';
import { type SubmissionResult, submitScript } from './leaderboards.scripts.js';
import { SeasonsService } from './leaderboards.seasons.service.js';

/** Submissions that one script carries out, so that no other client waits long for Redis. */
const ROWS_A_SCRIPT = 100;
/** Bad fields that are named of a row, so that an answer does not outgrow its request. */
const MAX_ROW_ERRORS = 10;

/** Takes scores. Submission, ties, ranks before and after, and the record of a keyed request are one script. */
@Injectable()
export class SubmissionsService {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: LeaderboardKeys,
    private readonly metadata: EntryMetadata,
    private readonly indexes: LeaderboardIndexes,
    private readonly seasons: SeasonsService,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws AppError `leaderboards.score-overflow`, `idempotency.key-reused`, `fence.stale`, `redis.outcome-unknown` */
  @Operation(leaderboardEndpoints.submit.name, { show: ['board', 'operator'] })
  async submit(caller: Caller, input: SubmissionMessage): Promise<SubmissionAnswer> {
    const operation = await this.idempotency.open(caller, leaderboardEndpoints.submit.name, input);
    const [result] = await this.runFor(caller, input.board, [input], operation);
    if (result === undefined) throw new Error('a submission got no result');
    return answerOf(input, result);
  }

  /**
   * Takes up to 1000 submissions in order; a bad one is answered in its place and spoils no other. Every
   * hundred of them are one script: a keyed request that was cut off in between carries on when it is repeated. Where the
   * fence becomes stale in between, the rest is refused.
   * @throws AppError `idempotency.key-reused`, `fence.stale` if all of it is refused for that, `redis.outcome-unknown`
   */
  @Operation(leaderboardEndpoints.submitBatch.name, { show: ['board'] })
  async submitBatch(caller: Caller, input: SubmissionBatchMessage): Promise<BatchAnswer> {
    const rows = input.submissions.map(checked);
    const good = rows.filter((row) => row instanceof SubmissionBody);
    const operation = await this.idempotency.open(caller, leaderboardEndpoints.submitBatch.name, input);
    const outcomes: SubmissionResult[] = [];
    let stale: AppError | undefined;
    for (let at = 0; at < good.length; at += ROWS_A_SCRIPT) {
      const part = operation && { ...operation, id: `${operation.id}:${at}` };
      try {
        outcomes.push(...(await this.runFor(caller, input.board, good.slice(at, at + ROWS_A_SCRIPT), part)));
      } catch (error) {
        if (at === 0) throw error;
        if (!isStaleFence(error)) throw cutOff(error, isRepeatable(good, operation));
        stale = error;
        break;
      }
    }
    const results = rows.map((row): BatchResult => {
      if (row instanceof AppError) return refusal(row);
      const outcome = outcomes.shift();
      if (outcome === undefined && stale) return refusal(stale);
      if (outcome === undefined) throw new Error('a submission got no result');
      return outcome.outcome === 'overflow'
        ? refusal(scoreOverflow())
        : { status: 200, ...answerOf(row, outcome) };
    });
    return { results };
  }

  /**
   * Submits once for `operation`, whose record stays until `forget`.
   * @throws AppError `leaderboards.score-overflow`
   * @throws LateEffectError
   */
  async submitOnce(tenant: string, input: SubmissionMessage, operation: IdempotentOperation): Promise<void> {
    const { results } = await this.run(tenant, input.board, [input], operation);
    if (results[0]?.outcome === 'overflow') throw scoreOverflow();
  }

  async forget(tenant: string, board: string, operationId: string): Promise<void> {
    const record = this.keys.operation(tenant, board, operationId);
    await this.gateway.execute((client) => client.pexpire(record, SETTLED_RECORD_MS), { repeatable: true });
  }

  private async runFor(
    caller: Caller,
    board: string,
    rows: readonly SubmissionBody[],
    operation: IdempotentOperation | undefined,
  ): Promise<readonly SubmissionResult[]> {
    const fence = this.keys.fence(caller, board);
    const { results, replayed } = await this.run(caller.tenant, board, rows, operation, fence);
    if (replayed) caller.replayed = true;
    return results;
  }

  private async run(
    tenant: string,
    board: string,
    rows: readonly SubmissionBody[],
    operation: IdempotentOperation | undefined,
    fence?: FenceCheck,
  ): Promise<{ results: readonly SubmissionResult[]; replayed: boolean }> {
    const keys = this.keys.live(tenant, board);
    const result = await this.seasons.inSeason(tenant, board, () =>
      this.scripts.run(submitScript, {
        keys: operation ? { ...keys, operation: this.keys.operation(tenant, board, operation.id) } : keys,
        args: {
          ...keyedArgs(operation),
          channel: keys.changes,
          incarnation: newIncarnation(),
          notAfter: operation?.notAfterMs ?? '',
        },
        rest: rows.flatMap(({ member, score, operator, metadata }) => [
          member,
          score,
          operator ?? '',
          metadata === undefined ? '' : this.metadata.stored({ tenant, board, member }, metadata),
        ]),
        fence,
        repeatable: isRepeatable(rows, operation),
        resend: operation !== undefined,
      }),
    );
    if (result.outcome === 'reused') throw keyReused();
    if (result.outcome === 'late') throw new LateEffectError();
    if (result.outcome !== 'submitted') throw new Error(`submit answered ${result.outcome}`);
    if (!result.indexed) await followUp('list a board', () => this.indexes.addBoard(tenant, board));
    return result;
  }
}

/** Whether sending the rows once more would change nothing more. */
function isRepeatable(rows: readonly SubmissionBody[], operation: IdempotentOperation | undefined): boolean {
  return operation !== undefined || rows.every(({ operator }) => operator === 'set' || operator === 'best');
}

/** What stopped a batch of which some rows stand: never that it had no effect. */
function cutOff(error: unknown, repeatable: boolean): unknown {
  return error instanceof AppError && error.kind === 'unavailable'
    ? unavailable({ effect: 'unknown', denied: error.code === redisErrors.refused.code }, repeatable, error)
    : error;
}

function checked(row: unknown): SubmissionBody | AppError {
  try {
    return validated(SubmissionBody, row);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function answerOf({ member, score }: SubmissionBody, result: SubmissionResult): SubmissionAnswer {
  if (result.outcome === 'overflow') throw scoreOverflow();
  return {
    member,
    score: result.score ?? score,
    rank: result.rank ?? null,
    previousScore: result.previousScore ?? null,
    previousRank: result.previousRank ?? null,
    changed: result.changed,
  };
}

function refusal(error: AppError): BatchResult {
  return {
    status: problemTable[error.kind].status,
    code: error.code,
    detail: error.detail,
    ...(error.details.errors ? { errors: error.details.errors.slice(0, MAX_ROW_ERRORS) } : {}),
  };
}
