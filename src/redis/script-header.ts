interface Signature {
  readonly keys: readonly string[];
  readonly restKeys?: string;
  readonly args: readonly string[];
  readonly rest?: string;
}

/**
 * Compares a Lua file's header with its descriptor.
 *
 * The header is the file's first comment block: `-- <file name>: <sentence>`, then `-- KEYS[n] <name> …` and
 * `-- ARGV[n] <name> …` in order, `-- KEYS[n…] <name> …` and `-- ARGV[n…] <name> …` for any number at the end, and
 * `-- returns …`.
 * @throws Error that names the file and the difference
 */
export function checkHeader(fileName: string, text: string, signature: Signature): void {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const header = lines.slice(0, end === -1 ? lines.length : end);
  const title = fileName.replace(/\.lua$/, '');
  if (!header[0]?.startsWith(`-- ${title}: `))
    throw new Error(`${fileName}: the first line is not "-- ${title}: …"`);
  if (!header.some((line) => line.startsWith('-- returns ')))
    throw new Error(`${fileName}: no "-- returns" line`);
  const named = (pattern: RegExp) =>
    header.flatMap((line) => {
      const match = pattern.exec(line);
      return match ? [`${match[1]} ${match[2]}`] : [];
    });
  const numbered = (names: readonly string[]) => names.map((name, index) => `${index + 1} ${name}`);
  compare(fileName, 'KEYS', named(/^-- KEYS\[(\d+)\] (\S+)/), numbered(signature.keys));
  compare(fileName, 'ARGV', named(/^-- ARGV\[(\d+)\] (\S+)/), numbered(signature.args));
  const open = (before: readonly string[], name: string | undefined) =>
    name === undefined ? [] : [`${before.length + 1}… ${name}`];
  compare(fileName, 'KEYS…', named(/^-- KEYS\[(\d+…)\] (\S+)/), open(signature.keys, signature.restKeys));
  compare(fileName, 'ARGV…', named(/^-- ARGV\[(\d+…)\] (\S+)/), open(signature.args, signature.rest));
}

function compare(
  fileName: string,
  what: string,
  found: readonly string[],
  declared: readonly string[],
): void {
  if (found.join(', ') !== declared.join(', ')) {
    throw new Error(
      `${fileName}: ${what} in the header: ${found.join(', ')}; in the descriptor: ${declared.join(', ')}`,
    );
  }
}
