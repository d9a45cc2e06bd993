// Refuses a production dependency whose licence is not one of the permissive ones below.
import { licenceOf, productionPackages } from './locked-packages.mjs';

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Python-2.0',
]);

/** Whether one of the licences offered by an SPDX expression is permissive; nested parentheses never are. */
function isPermissive(expression) {
  const choices = expression.replace(/^\(([^()]*)\)$/, '$1').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((licence) => PERMISSIVE.has(licence)));
}

const byLicence = new Map();
for (const found of productionPackages()) {
  const licence = licenceOf(found) ?? 'no licence';
  byLicence.set(licence, [...(byLicence.get(licence) ?? []), `${found.name}@${found.version}`]);
}
for (const [licence, names] of [...byLicence].sort(([, a], [, b]) => b.length - a.length)) {
  if (isPermissive(licence)) console.log(`${String(names.length).padStart(4)}  ${licence}`);
  else {
    console.error(`${licence} is not on the list of licences: ${names.join(', ')}`);
    process.exitCode = 1;
  }
}
