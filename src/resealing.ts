import { type DynamicModule, Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SETTINGS } from './config/load-settings.js';
import type { Settings } from './config/setting-specs.js';
import { EncryptionModule } from './encryption/encryption.module.js';
import { ResealTally, type SealedKind, SealedValues } from './encryption/sealed-values.js';
import { StartError } from './errors/start-error.js';
import { JobsResealingModule } from './features/jobs/jobs.resealing.module.js';
import { LeaderboardsResealingModule } from './features/leaderboards/leaderboards.resealing.module.js';
import { SessionsResealingModule } from './features/sessions/sessions.resealing.module.js';
import { RedisGateway } from './redis/redis-gateway.js';
import { SharedRedisModule } from './redis/redis.module.js';
import { checkRedisTls } from './redis/redis-tls.js';
import { explainedStart } from './redis/start-failure.js';
import { settingsOfRunningService } from './services.js';

const PROGRESS_MS = 1000;

/** What the command needs and no more: nothing in it answers requests, takes payloads or ends seasons. */
@Global()
@Module({})
class ResealingModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ResealingModule,
      imports: [
        EncryptionModule,
        SharedRedisModule.forRoot(settings),
        JobsResealingModule,
        LeaderboardsResealingModule,
        SessionsResealingModule,
      ],
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}

export interface ResealingOptions {
  /** Ends it after the values in hand. */
  readonly signal: AbortSignal;
  /** Takes a line for a person about once a second. */
  readonly progress: (line: string) => void;
  /** Takes the lines that say what it came to. */
  readonly summary: (line: string) => void;
}

/** A kind of values and what the walk over them came to. */
interface Walked {
  readonly kind: SealedKind;
  readonly tally: ResealTally;
}

/**
 * Puts every sealed value in Redis under the newest key of the ring, while services read and write them.
 * @returns whether it found every value under that key, or put it there
 * @throws StartError if there is no key or Redis cannot be reached
 * @throws AppError of the kind `unavailable` if Redis goes away; what was resealed stays so
 */
export async function resealAll(given: Settings, options: ResealingOptions): Promise<boolean> {
  // The servers of locks hold nothing that is sealed.
  const settings = { ...(await settingsOfRunningService(given)), LOCK_REDIS_URLS: undefined };
  const [newest] = settings.SESSION_KEYS ?? [];
  if (newest === undefined) throw new StartError('SESSION_KEYS has no key: nothing can be resealed.');
  checkRedisTls(settings);
  const context = await NestFactory.createApplicationContext(ResealingModule.forRoot(settings), {
    logger: false,
    abortOnError: false,
  });
  try {
    await context.get(RedisGateway).untilReachable(settings.REDIS_START_WAIT_MS);
    const walked: Walked[] = [];
    for (const kind of context.get(SealedValues).all()) {
      if (!options.signal.aborted) walked.push({ kind, tally: await walk(kind, options) });
    }
    return summarize(walked, newest.id, options);
  } catch (error) {
    throw explainedStart(error);
  } finally {
    await context.close();
  }
}

async function walk(kind: SealedKind, { signal, progress }: ResealingOptions): Promise<ResealTally> {
  const tally = new ResealTally();
  tally.total = await kind.count();
  const begun = performance.now();
  const tell = () => progress(progressLine(kind.what, tally, performance.now() - begun));
  const telling = setInterval(tell, PROGRESS_MS);
  try {
    await kind.reseal(tally, signal);
  } finally {
    clearInterval(telling);
    tell();
  }
  return tally;
}

function progressLine(what: string, tally: ResealTally, elapsedMs: number): string {
  const { looked, total, resealed, unreadable } = tally;
  // Some come and some go while it runs.
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((looked / total) * 100));
  const rate = elapsedMs === 0 ? 0 : Math.round((looked / elapsedMs) * 1000);
  return `${what}: ${looked} of ${total} looked at (${percent} %), ${resealed} resealed, ${unreadable} unreadable, ${rate}/s`;
}

/** Whether all is under the newest key. */
function summarize(
  walked: readonly Walked[],
  newest: string,
  { signal, summary }: ResealingOptions,
): boolean {
  for (const { kind, tally } of walked) {
    summary(
      `${kind.what}: ${tally.looked} looked at, ${tally.resealed} resealed, ${tally.unreadable} unreadable`,
    );
    for (const [keyId, count] of tally.unreadableByKey()) {
      summary(`  ${count} unreadable ${keyId === undefined ? 'in no known form' : `under the key ${keyId}`}`);
    }
    if (tally.contended > 0)
      summary(`  ${tally.contended} written again and again by a service whose newest key is another one`);
  }
  if (signal.aborted) {
    summary('Interrupted: run the command again, which goes on where values are left.');
    return false;
  }
  const isComplete = walked.every(({ tally }) => tally.unreadable === 0 && tally.contended === 0);
  summary(
    isComplete
      ? `All that was found is under the key ${newest}.`
      : `Not all is under the key ${newest}: keep the other keys in SESSION_KEYS.`,
  );
  if (isComplete)
    summary(
      'Answers to requests with an Idempotency-Key stay under the key of their time: keep it in SESSION_KEYS for ' +
        'IDEMPOTENCY_TTL_MS more, or such requests cannot be replayed.',
    );
  return isComplete;
}
