/** Whatever runs when it is called. */
type Callable = (...args: never[]) => unknown;

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
/** After one of these a slash begins a regular expression. */
const BEFORE_PATTERN = /[=(,[{:?!&|;]$/;

/**
 * The names of a function's parameters, out of its own text: JavaScript keeps them nowhere else. '' stands for one that has no
 * name of its own, as a destructured one, or more than one value, as the rest.
 * @throws Error if they cannot be told from the text
 */
export function parameterNames(callable: Callable): string[] {
  const names: string[] = [];
  let plain = 0;
  for (const parameter of parametersIn(Function.prototype.toString.call(callable))) {
    const [name = '', ...defaults] = parameter.split('=');
    names.push(IDENTIFIER.test(name.trim()) ? name.trim() : '');
    if (defaults.length === 0 && !name.trim().startsWith('...') && plain === names.length - 1) plain++;
  }
  // Those before the first one that may be left out are known: a text that says otherwise was not understood.
  if (plain !== callable.length) throw new Error(`the parameters of ${callable.name} cannot be told apart`);
  return names;
}

/** The parameters one by one, without comments; of those with brackets or strings only what stands outside of them. */
function parametersIn(text: string): string[] {
  const parameters: string[] = [];
  const open: string[] = [];
  let current = '';
  let begun = false;
  for (let at = 0; at < text.length; at++) {
    const end = endOfToken(text, at, current);
    if (end > at) {
      // A space, so that nothing grows together.
      current += ' ';
      at = end;
      continue;
    }
    const char = text[at] ?? '';
    if (!begun && open.length === 0) {
      // An arrow with one parameter needs no parentheses.
      if (text.startsWith('=>', at)) return [current.replace(/^\s*async\s/, '')];
      if (char === '(') {
        begun = true;
        current = '';
        continue;
      }
    }
    if (begun && open.length === 0 && (char === ')' || char === ',')) {
      // A comma may follow the last one.
      if (char === ',' || current.trim() !== '') parameters.push(current);
      if (char === ')') return parameters;
      current = '';
      continue;
    }
    const closing = CLOSING[char];
    if (closing !== undefined) open.push(closing);
    // What stands in brackets says nothing of the name, but that it is none.
    current += open.length > 0 ? '#' : char;
    if (closing === undefined && char === open.at(-1)) open.pop();
  }
  return parameters;
}

/** The last place of the comment, string or regular expression that begins at `at`; `at` if none does. */
function endOfToken(text: string, at: number, before: string): number {
  const end = (found: number, length: number) => (found < 0 ? text.length : found + length - 1);
  if (text.startsWith('//', at)) return end(text.indexOf('\n', at), 1);
  if (text.startsWith('/*', at)) return end(text.indexOf('*/', at + 2), 2);
  const char = text[at] ?? '';
  const isPattern = char === '/' && BEFORE_PATTERN.test(before.trimEnd());
  if (!isPattern && !`'"\``.includes(char)) return at;
  let inClass = false;
  for (let next = at + 1; next < text.length; next++) {
    if (text[next] === '\\') next++;
    else if (isPattern && text[next] === '[') inClass = true;
    else if (isPattern && text[next] === ']') inClass = false;
    else if (text[next] === char && !inClass) return next;
  }
  return text.length;
}
