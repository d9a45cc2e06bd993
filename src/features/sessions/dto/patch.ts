import { invalid, pointerTo } from '../../../transport/validation/validate.js';

/** What a patch changes of a session's data. */
export type Patch = Readonly<Record<string, unknown>>;

/** In the place of a patch: all data is taken out. */
export const ALL_DATA = null;

/**
 * What a body changes. It is a merge patch (RFC 7396) of the session, of which `data` alone can be changed: `{"data": {…}}`; an
 * object without `data` is one of the data itself. So a member `data` of the data is changed by `{"data": {"data": …}}` alone.
 * @throws AppError `request.invalid`
 */
export function patchIn(body: unknown): Patch | typeof ALL_DATA {
  if (!isObject(body)) throw invalid([{ pointer: '', detail: 'must be an object' }]);
  if (!Object.hasOwn(body, 'data')) return body;
  const { data, ...others } = body;
  const unknown = Object.keys(others);
  if (unknown.length > 0)
    throw invalid(unknown.map((name) => ({ pointer: pointerTo('', name), detail: 'is not a known field' })));
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
  const elements = ifMatch.split(',').map((tag) => tag.trim());
  // Empty ones are to be overlooked (RFC 9110, 5.6.1).
  const tags = elements.filter((tag) => tag !== '');
  if (tags.length === 0 || !tags.every((tag) => TAG.test(tag)))
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
