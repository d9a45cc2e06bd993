import type { Located } from '../../drift/openapi-document.js';

/** Finds the operation that a path leads to, as a router does it: fixed segments before parameters. */
export class Routes {
  private readonly templates: { readonly segments: readonly string[]; readonly located: Located }[];

  constructor(operations: readonly Located[]) {
    const isFixed = (segment: string) => !segment.startsWith('{');
    this.templates = operations
      .map((located) => ({ segments: located.path.split('/'), located }))
      .sort((a, b) => b.segments.filter(isFixed).length - a.segments.filter(isFixed).length);
  }

  /** The operation; undefined if no documented path is meant, or not with this method. HEAD counts as GET. */
  find(method: string, target: string): Located | undefined {
    const given = (target.split(/[?#]/)[0] ?? '').split('/').map(decoded);
    const wanted = `${method === 'HEAD' ? 'GET' : method} `;
    const fitting = this.templates.filter(
      ({ segments }) =>
        segments.length === given.length &&
        segments.every((segment, at) => segment.startsWith('{') || segment === given[at]),
    );
    return fitting.find(({ located }) => located.address.startsWith(wanted))?.located;
  }
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
