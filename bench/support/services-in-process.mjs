import { built } from '../../scripts/built-module.mjs';
import { settingsFor } from '../contenders/service.mjs';

/** Calls under way at a time while something is filled. */
const WIDTH = 64;

/**
 * Providers of the built application, which is started in this process: `of` gives that of the class `name` in the module `path`.
 * @typedef {object} Services
 * @property {(path: string, name: string) => Promise<object>} of
 * @property {(tenant?: string, options?: object) => object} callerOf
 */

/** @returns {Promise<Services & {end(): Promise<void>}>} */
export async function startServices(settings) {
  const { createApplication } = await built('application.js');
  const { loadSettings } = await built('config/load-settings.js');
  const { Caller } = await built('access/caller.js');
  const { nest } = await createApplication(loadSettings(settings));
  return {
    of: async (path, name) => nest.get((await built(path))[name]),
    callerOf: (tenant, options) => Caller.inProcess(tenant, options),
    end: () => nest.close(),
  };
}

/**
 * Gives `work` the services of the built application on the Redis of a contender, so that what a contender finds there
 * is what the service itself would have written.
 * @param {import('./running-contender.mjs').Place} place
 * @param {(services: Services) => Promise<void>} work
 * @param {Record<string, string>} [settings] in the place of defaults
 */
export async function withServices(place, work, settings = {}) {
  const services = await startServices({ ...settingsFor(place), LOG_LEVEL: 'silent', ...settings });
  try {
    await work(services);
  } finally {
    await services.end();
  }
}

/** Calls `work` with each number from 0 up to `count`, a few at a time. */
export async function forEachNumber(count, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, count) }, worker));
}

/** `index` as `width` digits, as the slots of a request write it. */
export const digits = (index, width) => String(index).padStart(width, '0');
