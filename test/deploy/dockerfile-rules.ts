import { validate, ValidationSeverity } from 'dockerfile-utils';
import { all, finalStage, stagesOf, type Instruction } from './dockerfile.js';

/** The only things that the final image has; all that it needs, and nothing that a build leaves behind. */
const COPIED = new Set([
  'LICENSE package.json deploy/healthcheck.mjs ./',
  '/app/node_modules ./node_modules',
  '/app/dist ./dist',
]);

/** What is wrong with a Dockerfile: in its syntax, or against the rules of this project. */
export function problemsOf(dockerfile: string): string[] {
  const syntax = validate(dockerfile, {
    emptyContinuationLine: ValidationSeverity.ERROR,
    instructionCasing: ValidationSeverity.ERROR,
    instructionCmdMultiple: ValidationSeverity.ERROR,
    instructionEntrypointMultiple: ValidationSeverity.ERROR,
    instructionHealthcheckMultiple: ValidationSeverity.ERROR,
    instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
    instructionWorkdirRelative: ValidationSeverity.ERROR,
    deprecatedMaintainer: ValidationSeverity.ERROR,
  }).map(({ message, range }) => `line ${range.start.line + 1}: ${JSON.stringify(message)}`);
  return syntax.length > 0 ? syntax : [...brokenRules(dockerfile)];
}

function* brokenRules(dockerfile: string): Generator<string> {
  const stages = stagesOf(dockerfile);
  const names = new Set(stages.map(({ name }) => name));
  for (const { base } of stages) {
    const isPinned = names.has(base) || /@sha256:[0-9a-f]{64}$|:[\w.-]*\d[\w.-]*$/.test(base);
    if (!isPinned) yield `${base} has no tag with a version, and no digest`;
  }
  for (const { instructions } of stages) {
    for (const { keyword, text } of instructions) {
      if (keyword === 'ADD') yield `ADD ${text}: COPY fetches and unpacks nothing`;
      if (keyword === 'ARG' || keyword === 'ENV') {
        if (/SECRET|TOKEN|PASSWORD|_KEYS?\b|REDIS_URL/i.test(text)) yield `${keyword} ${text} is a secret`;
      }
      if (keyword === 'RUN' && /\bnpm (i|install)\b/.test(text))
        yield `${text}: npm ci follows the lock file`;
      if (keyword === 'RUN' && /\b(curl|wget|apt-get)\b/.test(text)) yield `${text} installs more than Node`;
    }
  }
  yield* brokenRulesOfImage(dockerfile);
}

function* brokenRulesOfImage(dockerfile: string): Generator<string> {
  const image = finalStage(dockerfile);
  const one = function* (keyword: string, rule: (instruction: Instruction) => string | undefined) {
    const found = all(image, keyword);
    if (found.length !== 1) yield `the image has ${found.length} ${keyword} instead of one`;
    for (const instruction of found) {
      const broken = rule(instruction);
      if (broken !== undefined) yield broken;
    }
  };
  yield* one('USER', ({ text }) => {
    return /^[1-9]\d*:[1-9]\d*$/.test(text) ? undefined : `USER ${text} is not a number other than root's`;
  });
  yield* one('CMD', ({ exec, text }) => {
    return exec?.[0] === 'node' ? undefined : `CMD ${text}: signals do not reach node`;
  });
  yield* one('HEALTHCHECK', ({ text }) => {
    return /^CMD \["node", /.test(text) ? undefined : `HEALTHCHECK ${text} is not done by node itself`;
  });
  const copies = all(image, 'COPY');
  for (const { text } of copies) if (!COPIED.has(text)) yield `COPY ${text} is not on the list`;
  if (copies.length !== COPIED.size) yield `the image has ${copies.length} COPY instead of ${COPIED.size}`;
  for (const keyword of ['RUN', 'ENTRYPOINT', 'VOLUME']) {
    for (const { text } of all(image, keyword)) yield `the image needs no ${keyword} ${text}`;
  }
}
