import 'reflect-metadata';
import cluster from 'node:cluster';
import { settingsOfThisProcess } from './config/process-environment.js';
import { InvalidSettingsError } from './config/load-settings.js';
import { StartError } from './errors/start-error.js';
import { runService } from './service.js';
import { runWorker } from './worker.js';

try {
  const settings = settingsOfThisProcess();
  await (cluster.isWorker ? runWorker(settings) : runService(settings));
} catch (error) {
  const isExplained = error instanceof InvalidSettingsError || error instanceof StartError;
  const message = isExplained ? error.message : error instanceof Error ? error.stack : error;
  process.stderr.write(`${String(message)}\n`);
  process.exit(1);
}
