import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { settingSpecs } from '../../src/config/setting-specs.js';
import { environmentOf, finalStage, healthCommand, last } from './dockerfile.js';
import { problemsOf } from './dockerfile-rules.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const dockerfile = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8');

describe('the Dockerfile', () => {
  it('has no problem', () => expect(problemsOf(dockerfile)).toEqual([]));

  it.each([
    ['no user', /^USER .*$/m, '', 'the image has 0 USER'],
    ['root', 'USER 10001:10001', 'USER 0:0', "not a number other than root's"],
    ['a user by name', 'USER 10001:10001', 'USER node', "not a number other than root's"],
    [
      'an image without a tag',
      'ARG NODE_IMAGE=node:22-bookworm-slim',
      'ARG NODE_IMAGE=node',
      'node has no tag',
    ],
    [
      'the tag latest',
      'ARG NODE_IMAGE=node:22-bookworm-slim',
      'ARG NODE_IMAGE=node:latest',
      'node:latest has no tag',
    ],
    ['a shell in between', /^CMD .*$/m, 'CMD node dist/main.js', 'signals do not reach node'],
    ['npm in between', /^CMD .*$/m, 'CMD ["npm", "start"]', 'signals do not reach node'],
    ['single quotes', /^CMD .*$/m, "CMD ['node', 'dist/main.js']", 'line '],
    ['no health check', /^HEALTHCHECK .*$/m, '', 'the image has 0 HEALTHCHECK'],
    [
      'one by curl',
      'CMD ["node", "healthcheck.mjs"]',
      'CMD ["curl", "localhost"]',
      'not done by node itself',
    ],
    ['a flag that there is not', '--retries=3', '--attempts=3', 'line '],
    [
      'another COPY',
      /^USER /m,
      'COPY --from=build /app/src ./src\nUSER ',
      '/app/src ./src is not on the list',
    ],
    ['a COPY less', 'COPY --from=build /app/dist ./dist', '', 'the image has 2 COPY'],
    ['all of the build', '/app/dist ./dist', '/app ./', 'COPY /app ./ is not on the list'],
    ['a secret', 'PORT=3000', 'PORT=3000 ADMIN_API_KEY=x', 'is a secret'],
    ['a secret of the build', /^USER /m, 'ARG NPM_TOKEN\nUSER ', 'is a secret'],
    ['packages that are not locked', 'npm ci --include=dev', 'npm install', 'npm ci follows the lock file'],
    ['a word that is no instruction', /^EXPOSE /m, 'EXPOSES ', 'line '],
  ])('is refused with %s', (_what, from, to, problem) => {
    const broken = dockerfile.replace(from, to);
    expect(broken).not.toBe(dockerfile);
    expect(problemsOf(broken).join('\n')).toContain(problem);
  });

  it('starts Node with the flags of npm start', async () => {
    const flags = pathToFileURL(join(ROOT, 'scripts/node-flags.mjs')).href;
    const { NODE_FLAGS } = (await import(flags)) as { NODE_FLAGS: readonly string[] };
    expect(last(finalStage(dockerfile), 'CMD').exec).toEqual(['node', ...NODE_FLAGS, 'dist/main.js']);
  });

  it('sets what are settings, and exposes their port', () => {
    const environment = environmentOf(finalStage(dockerfile));
    const known = new Set([...Object.keys(settingSpecs), 'NODE_ENV']);
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    expect(environment).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' });
    expect(last(finalStage(dockerfile), 'EXPOSE').text).toBe(environment.PORT);
  });

  it('has a health check that is there, and names the version of package.json', () => {
    expect(healthCommand(finalStage(dockerfile))).toEqual(['node', 'healthcheck.mjs']);
    expect(existsSync(join(ROOT, 'deploy/healthcheck.mjs'))).toBe(true);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(dockerfile).toContain(`-t fulcrum:${version} .`);
  });
});
