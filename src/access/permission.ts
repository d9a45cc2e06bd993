import { GRANT } from '../config/grant.js';
import { matchesGlob } from './glob.js';

export const ACTIONS = ['read', 'write', 'consume', 'admin'] as const;
export type Action = (typeof ACTIONS)[number];

/** `<feature>:<action>`, the permission that a route or message pattern names. */
export type Permission = `${string}:${Action}`;

interface Grant {
  readonly feature: string;
  readonly action: string;
  readonly glob: string | undefined;
}

function parse(text: string): Grant {
  const match = GRANT.exec(text);
  if (!match?.[1] || !match[2]) throw new Error(`not a permission: ${text}`);
  return { feature: match[1], action: match[2], glob: match[3] };
}

const covers = (granted: string, asked: string) => granted === '*' || granted === asked;

/** What a credential may do: the union of its roles' permissions and its own. */
export class PermissionSet {
  private readonly grants: readonly Grant[];
  /** The grants of each permission that was asked for; routes ask for a known number of them. */
  private readonly matching = new Map<Permission, readonly Grant[]>();

  /** @throws Error if one of `grants` is no grant */
  constructor(readonly texts: readonly string[]) {
    this.grants = texts.map(parse);
  }

  /** Whether `permission` holds for the resource `name`, or, without a name, for any resource at all. */
  allows(permission: Permission, name?: string): boolean {
    for (const { glob } of this.matching.get(permission) ?? this.match(permission)) {
      if (glob === undefined || name === undefined || matchesGlob(glob, name)) return true;
    }
    return false;
  }

  private match(permission: Permission): readonly Grant[] {
    const [feature = '', action = ''] = permission.split(':');
    const grants = this.grants.filter(
      (grant) => covers(grant.feature, feature) && covers(grant.action, action),
    );
    this.matching.set(permission, grants);
    return grants;
  }

  /**
   * Whether everything that `text` grants is granted here too: nobody hands on more than they have. A limited
   * grant is covered by an unlimited one or by one with the same glob; a wider glob is not looked for.
   */
  covers(text: string): boolean {
    const wanted = parse(text);
    return this.grants.some(
      (grant) =>
        covers(grant.feature, wanted.feature) &&
        covers(grant.action, wanted.action) &&
        (grant.glob === undefined || grant.glob === wanted.glob),
    );
  }
}
