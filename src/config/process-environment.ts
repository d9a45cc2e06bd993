import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from './load-settings.js';
import type { Settings } from './setting-specs.js';

/** The settings of this process; `config/` is the only reader of the environment. */
export function settingsOfThisProcess(): Settings {
  return loadSettings(process.env);
}

/** Where programs are looked up, and where what was downloaded once is kept for every checkout. */
export function toolPaths(): { searchPath: string; cacheDirectory: string } {
  const cacheHome = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return { searchPath: process.env.PATH ?? '', cacheDirectory: join(cacheHome, 'fulcrum') };
}
