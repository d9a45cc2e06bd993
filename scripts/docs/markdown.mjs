import { format, resolveConfig } from 'prettier';

/** A table with the columns of `head`; a bar in a cell would end it. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const code = (text) => `\`${text}\``;

/** `parts` as the Markdown file `path`, in the form that prettier checks. */
export async function page(path, parts) {
  const options = await resolveConfig(path);
  return format(`${parts.join('\n\n')}\n`, { ...options, filepath: path });
}

/** `rows` by what `keyOf` says of them, in alphabetical order of that. */
export function grouped(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
