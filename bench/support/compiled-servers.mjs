import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..');
const sources = join(root, 'bench', 'servers');
// As deep below the root as the sources, so that both reach dist/ by the same relative path.
const target = join(root, '.cache', 'servers');

/** Compiles bench/servers, whose Nest applications need decorators and their types; takes a second. */
export function compileServers() {
  mkdirSync(target, { recursive: true });
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  for (const file of readdirSync(sources)) {
    // By itself a single file does not know that its package has ES modules.
    const compilerOptions = { ...options, module: ts.ModuleKind.ESNext, sourceMap: false };
    const { outputText } = ts.transpileModule(readFileSync(join(sources, file), 'utf8'), {
      compilerOptions,
      fileName: join(sources, file),
    });
    writeFileSync(join(target, file.replace(/\.ts$/, '.js')), outputText);
  }
}

/** The program that `bench/servers/<name>.ts` became. */
export function serverProgram(name) {
  return join(target, `${name}.js`);
}
