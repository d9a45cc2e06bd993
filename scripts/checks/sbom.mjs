// Writes dist/sbom.cdx.json: what the service is made of in production, as a CycloneDX bill of materials.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { licenceOf, productionPackages } from './locked-packages.mjs';

const FILE = 'dist/sbom.cdx.json';

const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const written = execFileSync('npm', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
// A package may write its version as `v1.0.0`, which the lock file and everybody else write as `1.0.0`.
const bom = JSON.parse(written.replace(/(?<=@)v(?=\d+\.\d+\.\d+)/g, ''));
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
  // Of a version with a `v` npm does not find the hash in the lock file.
  const sha512 = /^sha512-(.+)$/.exec(locked.integrity ?? '')?.[1];
  if (sha512)
    component.hashes ??= [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }];
  components.set(component['bom-ref'], { ...component, version: locked.version });
}
bom.components = [...components.values()];
bom.dependencies = bom.dependencies
  .filter(({ ref }) => ref === root['bom-ref'] || components.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((name) => components.has(name)) }));

// What is for another platform is no part of what is installed on this one.
const isElsewhere = ({ optional, path }) => optional === true && !existsSync(path);
const faults = [...wanted]
  .filter(([name, locked]) => !components.has(name) && !isElsewhere(locked))
  .map(([name]) => `${name} is missing`);
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
