// A glob is of names or of identities, such as a user's; what nobody means in one is a mistake.
// eslint-disable-next-line security/detect-unsafe-regex -- no two quantifiers can take the same characters
export const GRANT = /^(\*|[a-z][a-z-]{0,31}):(\*|read|write|consume|admin)(?::([^\s\p{C}{}]{1,256}))?$/u;

/** Whether `text` is a grant: `<feature>:<action>` or `<feature>:<action>:<glob>`; either part may be `*`. */
export function isGrant(text: string): boolean {
  return GRANT.test(text);
}

/** The roles that every service has. */
export const BUILT_IN_ROLES: Readonly<Record<string, readonly string[]>> = {
  reader: ['*:read'],
  writer: ['*:read', '*:write'],
  worker: ['*:read', '*:write', '*:consume'],
  admin: ['*:*'],
};
