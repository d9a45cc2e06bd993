// Writes dist/sbom.cdx.json: what the service is made of in production, as a CycloneDX bill of materials.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { licenceOf, productionPackages } from './locked-packages.mjs';

const FILE = 'dist/sbom.cdx.json';

const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const bom = JSON.parse(execFileSync('npm', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
const root = bom.metadata.component;
root.name = JSON.parse(readFileSync('package.json', 'utf8')).name; // npm takes the folder's name

// npm's own `--omit dev` leaves out whatever a development dependency needs too, rxjs included: the lock file says
// what is installed in production.
const wanted = new Map(productionPackages().map((locked) => [`${locked.name}@${locked.version}`, locked]));
const components = new Map();
for (const component of bom.components) {
  const locked = wanted.get(component['bom-ref']);
  if (locked === undefined) continue;
  const licence = licenceOf(locked);
  if (licence !== undefined) component.licenses ??= [{ expression: licence }];
  components.set(component['bom-ref'], component);
}
bom.components = [...components.values()];
bom.dependencies = bom.dependencies
  .filter(({ ref }) => ref === root['bom-ref'] || components.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((name) => components.has(name)) }));

const faults = [...wanted.keys()].filter((name) => !components.has(name)).map((name) => `${name} is missing`);
for (const [name, component] of components) {
  for (const part of ['purl', 'licenses', 'hashes']) {
    if (!component[part]?.length) faults.push(`${name} has no ${part}`);
  }
}
for (const fault of faults) console.error(fault);
if (faults.length === 0) {
  mkdirSync('dist', { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(bom, undefined, 2)}\n`);
  console.log(`${FILE}: ${components.size} components`);
}
process.exitCode = faults.length === 0 ? 0 : 1;
