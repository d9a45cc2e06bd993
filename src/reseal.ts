import 'reflect-metadata';
import { InvalidSettingsError } from './config/load-settings.js';
import { settingsOfThisProcess } from './config/process-environment.js';
import { AppError } from './errors/app-error.js';
import { StartError } from './errors/start-error.js';
import { resealAll } from './resealing.js';
import { setLogLevel } from './telemetry/log.js';
import { withoutSecrets } from './telemetry/without-secrets.js';

/** 128 and the signal's number, as shells count. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Tells a person why, and ends the command. */
function giveUp(error: unknown): never {
  process.stderr.write(`${withoutSecrets(messageOf(error))}\n`);
  process.exit(1);
}

function messageOf(error: unknown): string {
  if (error instanceof InvalidSettingsError || error instanceof StartError) return error.message;
  if (error instanceof AppError && error.kind === 'unavailable')
    return `${error.message} What was resealed stays so; run the command again.`;
  return String(error instanceof Error ? error.stack : error);
}

process.on('uncaughtException', giveUp);
const interrupted = new AbortController();
for (const [name, code] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // Whoever asks twice does not want to wait; every value is whole at any moment.
    if (interrupted.signal.aborted) process.exit(code);
    process.exitCode = code;
    interrupted.abort();
  });
}
try {
  // Standard output is the summary's alone.
  setLogLevel('silent');
  const isComplete = await resealAll(settingsOfThisProcess(), {
    signal: interrupted.signal,
    progress: (line) => process.stderr.write(`${line}\n`),
    summary: (line) => process.stdout.write(`${line}\n`),
  });
  process.exit(process.exitCode ?? (isComplete ? 0 : 1));
} catch (error) {
  giveUp(error);
}
