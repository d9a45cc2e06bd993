import { invalid } from '../../../transport/validation/validate.js';

/** What a patch changes of a session's data. */
export type Patch = Readonly<Record<string, unknown>>;

/** In the place of a patch: all data is taken out. */
export const ALL_DATA = null;

/**
 * What a body changes. It is a merge patch (RFC 7396) of the session, of which `data` alone can be changed: `{"data": {…}}`; any
 * other object is one of the data itself. So a member `data` of the data, changed alone, is `{"data": {"data": …}}`.
 * @throws AppError `request.invalid`
 */
export function patchIn(body: unknown): Patch | typeof ALL_DATA {
  if (!isObject(body)) throw invalid([{ pointer: '', detail: 'must be an object' }]);
  const names = Object.keys(body);
  if (names.length !== 1 || names[0] !== 'data') return body;
  const { data } = body;
  if (data === null) return ALL_DATA;
  if (!isObject(data)) throw invalid([{ pointer: '/data', detail: 'must be an object or null' }]);
  return data;
}

/** A condition on a session's version. */
export type Condition = (version: number) => boolean;

// Strong tags alone can match (RFC 9110, 13.1.1); a list of them is short here.
const TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;

/** What If-Match says of a session; everything if there is none. @throws AppError `request.invalid` */
export function conditionIn(ifMatch: string | undefined): Condition {
  if (ifMatch === undefined || ifMatch.trim() === '*') return () => true;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => TAG.test(tag)))
    throw invalid([{ pointer: '/If-Match', detail: 'must be * or entity tags as ETag gives them' }]);
  return (version) => tags.includes(tagOf(version));
}

/** The entity tag of a version. */
export function tagOf(version: number): string {
  return `"${version}"`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
