// Refuses a package with an install script that nobody has looked at, and an .npmrc under which such scripts run.
import { readFileSync } from 'node:fs';
import { lockedPackages } from './locked-packages.mjs';

/** Packages whose install scripts were read, and why the service can do without them. */
const REVIEWED = {
  'msgpackr-extract': 'looks for a build of its faster decoder of msgpackr, which does without',
  '@scarf/scarf': 'comes with swagger-ui-dist and would report the installation to its maker',
};

const faults = [];
if (!/^ignore-scripts=true$/m.test(readFileSync('.npmrc', 'utf8'))) {
  faults.push('.npmrc lacks ignore-scripts=true');
}
const withScripts = lockedPackages().filter(({ hasInstallScript }) => hasInstallScript === true);
for (const { name, version } of withScripts) {
  if (Object.hasOwn(REVIEWED, name)) console.log(`${name}@${version} is not run: ${REVIEWED[name]}`);
  else faults.push(`${name}@${version} has an install script that nobody has reviewed`);
}
for (const name of Object.keys(REVIEWED)) {
  if (!withScripts.some((locked) => locked.name === name))
    faults.push(`${name} has no install script any more`);
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
