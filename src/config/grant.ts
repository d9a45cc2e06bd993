// eslint-disable-next-line security/detect-unsafe-regex -- no two quantifiers can take the same characters
export const GRANT = /^(\*|[a-z][a-z-]{0,31}):(\*|read|write|consume|admin)(?::([A-Za-z0-9._:*?-]{1,128}))?$/;

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
