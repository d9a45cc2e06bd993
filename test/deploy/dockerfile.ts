/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly keyword: string;
  /** `--name=value` before the arguments. */
  readonly flags: ReadonlyMap<string, string>;
  /** What follows the flags, with continuation lines joined. */
  readonly text: string;
  /** The elements of the exec form; undefined in the shell form. */
  readonly exec: readonly string[] | undefined;
  /** As they stand in the file. */
  readonly lines: string;
}

/** What begins with a FROM. */
export interface Stage {
  /** Its name, or its place in the file. */
  readonly name: string;
  /** The image, or the stage, that it begins with; ARGs before the first FROM are filled in. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile in the syntax that this project uses: no here-documents, no parser directives. */
export function stagesOf(dockerfile: string): Stage[] {
  const defaults = new Map<string, string>();
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(dockerfile)) {
    const { keyword, text } = instruction;
    if (keyword === 'FROM') {
      const [base = '', , name = String(stages.length)] = text.split(/\s+/);
      stages.push({ name, base: filledIn(base, defaults), instructions: [] });
    } else if (stages.length > 0) stages.at(-1)?.instructions.push(instruction);
    else if (keyword === 'ARG') {
      const [name = '', value = ''] = splitAt(text, '=');
      defaults.set(name, value);
    } else throw new Error(`${keyword} stands before the first FROM`);
  }
  return stages;
}

/** The last stage: the image. */
export function finalStage(dockerfile: string): Stage {
  const stage = stagesOf(dockerfile).at(-1);
  if (stage === undefined) throw new Error('the Dockerfile has no stage');
  return stage;
}

/** The instructions of `stage` with that keyword. */
export function all(stage: Stage, keyword: string): Instruction[] {
  return stage.instructions.filter((instruction) => instruction.keyword === keyword);
}

/** The last instruction with that keyword, which is the one that counts. */
export function last(stage: Stage, keyword: string): Instruction {
  const found = all(stage, keyword).at(-1);
  if (found === undefined) throw new Error(`the stage ${stage.name} has no ${keyword}`);
  return found;
}

/** What ENV sets; no value in this project's Dockerfile has a space. */
export function environmentOf(stage: Stage): Record<string, string> {
  const pairs = all(stage, 'ENV').flatMap(({ text }) => text.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => splitAt(pair, '=')));
}

/** The command of a HEALTHCHECK, in exec form. */
export function healthCommand(stage: Stage): readonly string[] {
  const { text } = last(stage, 'HEALTHCHECK');
  return JSON.parse(text.replace(/^CMD\s+/, '')) as string[];
}

function instructionsOf(dockerfile: string): Instruction[] {
  const found: string[] = [];
  let goesOn = false;
  for (const line of dockerfile.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (goesOn) found.push(`${found.pop()}\n${line}`);
    else found.push(line);
    goesOn = line.endsWith('\\');
  }
  return found.map((lines) => {
    const [keyword = '', ...words] = lines.replaceAll('\\\n', ' ').trim().split(/\s+/);
    const after = words.findIndex((word) => !word.startsWith('--'));
    const text = words.slice(after).join(' ');
    return {
      keyword: keyword.toUpperCase(),
      flags: new Map(words.slice(0, after).map((flag) => splitAt(flag.slice(2), '='))),
      text,
      exec: execForm(text),
      lines,
    };
  });
}

function execForm(text: string): string[] | undefined {
  try {
    return JSON.parse(text) as string[];
  } catch {
    return undefined;
  }
}

function filledIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{(\w+)\}/g, (_all, name: string) => values.get(name) ?? '');
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
