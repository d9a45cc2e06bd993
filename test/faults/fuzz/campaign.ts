import fc from 'fast-check';
import { operationsOf } from '../../drift/openapi-document.js';
import { AnswerJudge } from './answer-judge.js';
import { CampaignReport } from './campaign-report.js';
import { type Contract, isRedisTimeout, parsed } from './contract.js';
import type { FuzzRequest, Tokens } from './fuzz-request.js';
import { Requests } from './requests.js';
import { Wire, type WireAnswer } from './wire.js';
import { Words } from './words.js';

const CLIENTS = 8;
/** Requests that are generated at a time; later ones use what the answers to earlier ones gave out. */
const BATCH = 200;

export interface CampaignOptions {
  readonly url: string;
  readonly contract: Contract;
  readonly tokens: Tokens;
  readonly requests: number;
  readonly seed: number;
  /** Addresses of the operations that are attacked; all of them if left out. */
  readonly only?: readonly string[];
  /** Gets every answer. */
  readonly onAnswer?: (answer: WireAnswer, request: FuzzRequest) => void;
}

/** Sends generated requests to every operation, and judges every answer. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const { url, contract, tokens, requests, seed, only, onAnswer } = options;
  const operations = operationsOf(contract.document).filter(({ address }) => only?.includes(address) ?? true);
  const words = new Words();
  const any = new Requests(contract.document, words, tokens).toAny(operations);
  const judge = new AnswerJudge(contract);
  const wire = new Wire(url);
  const report = new CampaignReport();

  const attack = async (request: FuzzRequest) => {
    report.sent++;
    try {
      const answer = await wire.send(request);
      onAnswer?.(answer, request);
      const reached = judge.operationOf(request);
      if (reached) report.count(reached.address, answer.status);
      const isExcused = (problem: unknown) => report.isExcused(problem);
      for (const objection of judge.objections(request, answer, isExcused))
        report.object(objection, shown(request));
      const value = answer.headers['content-type']?.includes('json') ? parsed(answer.text) : undefined;
      if (isRedisTimeout(value)) report.redisTimeouts.push(Date.now());
      words.learn(value, request.target);
      if (reached?.address === 'GET /v1/events') words.learnPlace(answer.text);
    } catch (error) {
      report.object({ sort: 'server error', reason: `no answer: ${String(error)}` }, shown(request));
    }
  };

  try {
    for (let batch = 0; report.sent < requests; batch++) {
      const numRuns = Math.min(BATCH, requests - report.sent);
      const waiting = fc.sample(any, { seed: seed * 1_000_003 + batch, numRuns });
      const client = async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          await Promise.all(next.twice ? [attack(next), attack(next)] : [attack(next)]);
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, client));
    }
  } finally {
    wire.close();
  }
  return report;
}

function shown({ kind, method, target, headers, body }: FuzzRequest): string {
  const { authorization, ...rest } = headers;
  const credential = authorization === undefined ? 'no credential' : authorization.slice(0, 16);
  const text = body === undefined ? '' : JSON.stringify(body.toString().slice(0, 300));
  return `${kind} ${method} ${target.slice(0, 300)} ${credential} ${JSON.stringify(rest).slice(0, 300)} ${text}`;
}
