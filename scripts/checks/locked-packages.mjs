import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every package of the lock file in the working folder: its entry, with `path` (below the folder) and `name`. */
export function lockedPackages() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({ ...entry, path, name: entry.name ?? path.split('node_modules/').at(-1) }));
}

/** Those of them that `npm ci --omit=dev` installs. */
export function productionPackages() {
  return lockedPackages().filter(({ dev }) => dev !== true);
}

/**
 * What a package says of its licence, also in the form that npm has deprecated; undefined if nothing. Of one for another
 * platform, which is not installed here, the lock file has it.
 */
export function licenceOf({ path, optional, license: locked }) {
  const file = join(path, 'package.json');
  if (optional === true && !existsSync(file)) return locked;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  const stated = license ?? licenses?.map(({ type }) => type).join(' OR ');
  return typeof stated === 'string' && stated !== '' ? stated : undefined;
}
