/** A module of the built service. */
export function built(path) {
  return import(new URL(`../dist/${path}`, import.meta.url).href);
}
