import 'reflect-metadata';
import { settingsOfThisProcess } from './config/process-environment.js';
import { InvalidSettingsError } from './config/load-settings.js';
import { StartError } from './errors/start-error.js';
import { runService } from './service.js';

try {
  await runService(settingsOfThisProcess());
} catch (error) {
  const isExplained = error instanceof InvalidSettingsError || error instanceof StartError;
  const message = isExplained ? error.message : error instanceof Error ? error.stack : error;
  process.stderr.write(`${String(message)}\n`);
  process.exit(1);
}
