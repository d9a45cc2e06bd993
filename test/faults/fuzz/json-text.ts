/** A JSON text, or what is none, in the place of a value. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** Like JSON.stringify, with raw texts as they are. */
export function writeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${writeJson(member)}`,
  );
  return `{${members.join(',')}}`;
}

/** Places in a value: the value itself, its members, the first items of its arrays, and so on. */
export function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const inside = Object.entries(value).slice(0, Array.isArray(value) ? 3 : undefined);
  return [[], ...inside.flatMap(([name, member]) => placesIn(member).map((place) => [name, ...place]))];
}

/** A copy of `value` in which `change` has been done to what stands at `place`. */
export function changedAt(
  value: unknown,
  [name, ...rest]: readonly string[],
  change: (old: unknown) => unknown,
): unknown {
  if (name === undefined || typeof value !== 'object' || value === null) return change(value);
  const members = Object.entries(value).map(([each, member]: [string, unknown]) => {
    return [each, each === name ? changedAt(member, rest, change) : member] as const;
  });
  return Array.isArray(value) ? members.map(([, item]) => item) : Object.fromEntries(members);
}
