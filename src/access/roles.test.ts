import { describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { Roles } from './roles.js';

const withRoles = (roles: object) => new Roles(loadSettings({ ROLES: JSON.stringify(roles) }));

describe('roles', () => {
  it('are reader, writer, worker and admin, each with the permissions of the contract', () => {
    const roles = new Roles(loadSettings({}));
    expect(roles.names).toEqual(['reader', 'writer', 'worker', 'admin']);
    expect(roles.permissionsOf(['reader'])).toEqual(['*:read']);
    expect(roles.permissionsOf(['writer'])).toEqual(['*:read', '*:write']);
    expect(roles.permissionsOf(['worker'])).toEqual(['*:read', '*:write', '*:consume']);
    expect(roles.permissionsOf(['admin'])).toEqual(['*:*']);
  });

  it('and those of the setting ROLES; together they are a union without repetition', () => {
    const roles = withRoles({ moderator: ['leaderboards:admin:game.*', '*:read'] });
    expect(roles.has('moderator')).toBe(true);
    expect(roles.permissionsOf(['reader', 'moderator'])).toEqual(['*:read', 'leaderboards:admin:game.*']);
  });

  it('that nobody defined grant nothing, names that every object inherits included', () => {
    const roles = new Roles(loadSettings({}));
    for (const name of ['superuser', '', 'constructor', 'toString', '__proto__']) {
      expect(roles.has(name), name).toBe(false);
      expect(roles.permissionsOf([name]), name).toEqual([]);
    }
  });

  it('that are built in cannot be redefined, and what is no permission stops the start', () => {
    expect(() => withRoles({ admin: ['leaderboards:read'] })).toThrow('redefines admin');
    expect(() => withRoles({ odd: ['leaderboards:read', 'everything'] })).toThrow('gives odd "everything"');
  });
});
