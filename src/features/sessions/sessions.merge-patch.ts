/** Members and their values; a member named `__proto__` is one like any other. */
type Members = Readonly<Record<string, unknown>>;

/** `target` with a JSON merge patch (RFC 7396) applied: members of null are taken out, objects are patched in turn. */
export function mergePatch(target: Members, patch: Members): Record<string, unknown> {
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else if (isMembers(value)) {
      const before = merged.get(name);
      merged.set(name, mergePatch(isMembers(before) ? before : {}, value));
    } else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
