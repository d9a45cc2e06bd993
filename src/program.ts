import 'reflect-metadata';
import cluster from 'node:cluster';
import type { Extensions } from './app.module.js';
import { InvalidSettingsError } from './config/load-settings.js';
import { settingsOfThisProcess } from './config/process-environment.js';
import { StartError } from './errors/start-error.js';
import { runService } from './service.js';
import { withoutSecrets } from './telemetry/without-secrets.js';
import { runWorker } from './worker.js';

/** Tells a person why, and ends the program. */
function giveUp(error: unknown): never {
  const isExplained = error instanceof InvalidSettingsError || error instanceof StartError;
  const message = isExplained ? error.message : error instanceof Error ? error.stack : error;
  process.stderr.write(`${withoutSecrets(String(message))}\n`);
  process.exit(1);
}

/** Runs the program until a signal ends it, with what `extensions` add to the service. */
export async function runProgram(extensions: Extensions = {}): Promise<void> {
  // Left to itself, Node prints all that hangs on an error: on one of ioredis, a command with its arguments.
  process.on('uncaughtException', giveUp);
  try {
    const settings = settingsOfThisProcess();
    await (cluster.isWorker ? runWorker(settings, extensions) : runService(settings, extensions));
  } catch (error) {
    giveUp(error);
  }
}
