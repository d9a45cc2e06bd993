import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { settingSpecs, SECRET_SETTINGS } from '../../src/config/setting-specs.js';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** A value of YAML or JSON that is looked into freely; what is found is checked by assertions. */
export type Loose = Record<string, Looser>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
export type Looser = any;

/** The documents of a YAML text, each once more as plain values; a key that is there twice, say, is an error. */
export function documentsOf(text: string): Loose[] {
  const documents = parseAllDocuments(text, { merge: true, strict: true, uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [wrong] = [...document.errors, ...document.warnings];
    if (wrong !== undefined) throw wrong;
    return document.toJS() as Loose;
  });
}

/** The YAML files of a folder, not of those in it. */
export function yamlFilesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`);
}

/** Which names of an environment are no settings of the service. */
export function unknownSettings(names: Iterable<string>): string[] {
  return [...names].filter((name) => !Object.hasOwn(settingSpecs, name));
}

export const isSecret = (name: string): boolean => SECRET_SETTINGS.has(name);

/** The image of this version, as compose.yaml and the manifests name it. */
export function imageName(): string {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  return `fulcrum:${version}`;
}

/** An amount of memory in bytes, as Compose (`512M`) and Kubernetes (`512Mi`) write powers of 1024. */
export function bytesOf(amount: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(Mi?|Gi?)$/.exec(amount) ?? [];
  return Number(digits) * (unit.startsWith('G') ? 1024 ** 3 : 1024 ** 2);
}

/** The shutdown that a service has if nothing else is said, in ms. */
export const DEFAULT_GRACE_MS = 10_000;
