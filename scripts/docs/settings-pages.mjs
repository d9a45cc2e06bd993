import { code, page, table } from './markdown.mjs';

/** docs/env.md: every setting, with what its validator takes. */
export function settingsPage(path, { settingSpecs, secretSettings }) {
  const rows = Object.entries(settingSpecs).map(([name, spec]) => [
    code(name),
    // In Markdown an angle bracket begins a tag.
    valuesOf(spec).replaceAll('<', '\\<'),
    defaultOf(spec) === undefined ? 'unset' : code(defaultOf(spec)),
    `${spec.desc}${secretSettings.has(name) ? ' **Secret.**' : ''}${example(spec)}`,
  ]);
  return page(path, [
    '# Settings',
    'Written by `npm run docs:sync` from the code.',
    'Settings are environment variables, read and checked once at the start: the service names everything that is ' +
      'wrong with them and does not start. An empty variable is the same as an unset one. The values of those marked ' +
      'as secret appear in no log and no error. `.env.example` has them all.',
    table(['setting', 'values', 'default', 'meaning'], rows),
  ]);
}

const example = (spec) => (spec.example === undefined ? '' : ` Example: ${code(spec.example)}.`);

/** .env.example: every setting, commented out, with its default or an example. */
export function environmentExample({ settingSpecs, secretSettings }) {
  const settings = Object.entries(settingSpecs).map(([name, spec]) =>
    [
      `# ${spec.desc}${secretSettings.has(name) ? ' Secret.' : ''}`,
      `# Values: ${valuesOf(spec)}. Default: ${defaultOf(spec) ?? 'unset'}.`,
      `# ${name}=${spec.example ?? defaultOf(spec) ?? ''}`,
    ].join('\n'),
  );
  const head = [
    '# Every setting of the service, written by npm run docs:sync. Copy to .env and uncomment what you change:',
    '# npm start reads it. What the environment sets already takes precedence.',
  ].join('\n');
  return `${[head, ...settings].join('\n\n')}\n`;
}

/** What a setting takes, in the words with which its validator refuses anything else. */
function valuesOf(spec) {
  if (spec.choices) return spec.choices.join(', ');
  try {
    spec._parse('');
    return 'text';
  } catch (error) {
    return error.message === 'must not be empty'
      ? 'text'
      : error.message.replace(/^must (be |look like )?/, '');
  }
}

function defaultOf(spec) {
  if (spec.default === undefined) return undefined;
  if (typeof spec.default !== 'object') return String(spec.default);
  const { capacity, refillTokens } = spec.default;
  return capacity === undefined ? JSON.stringify(spec.default) : `${capacity}/${refillTokens}`;
}
