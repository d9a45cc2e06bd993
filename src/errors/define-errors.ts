import type { ErrorDefinition } from './app-error.js';
import type { ErrorKind } from './error-kind.js';

type Row = readonly [kind: ErrorKind, title: string];

const catalogue = new Map<string, ErrorDefinition>();

/**
 * Declares a feature's error codes as `<feature>.<reason>` and enters them in the catalogue from which
 * docs/errors.md is written. A code that is declared twice is a programming error.
 */
export function defineErrors<Reason extends string>(
  feature: string,
  rows: Readonly<Record<Reason, Row>>,
): Readonly<Record<Reason, ErrorDefinition>> {
  const definitions: Partial<Record<Reason, ErrorDefinition>> = {};
  for (const reason of Object.keys(rows) as Reason[]) {
    const [kind, title] = rows[reason];
    const definition: ErrorDefinition = Object.freeze({ code: `${feature}.${reason}`, kind, title });
    if (catalogue.has(definition.code)) throw new Error(`error code ${definition.code} is declared twice`);
    catalogue.set(definition.code, definition);
    definitions[reason] = definition;
  }
  return Object.freeze(definitions as Record<Reason, ErrorDefinition>);
}

/** Every code that the loaded modules declare, in alphabetical order. */
export function declaredErrors(): ErrorDefinition[] {
  return [...catalogue.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}
