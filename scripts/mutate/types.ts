/** What the compiler of TypeScript says of a mutant: one that it refuses is none. */
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../shared.mjs';
import { applied, type Mutant } from './operators.ts';

/** The sources under the settings of the project, checked anew for each mutant, parsed once. */
export class TypeCheck {
  readonly #options: ts.CompilerOptions;
  readonly #host: ts.CompilerHost;
  readonly #parsed = new Map<string, ts.SourceFile | undefined>();
  readonly #names: readonly string[];
  #changed: { readonly path: string; readonly text: string } | undefined;
  #program: ts.Program | undefined;

  constructor() {
    const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile).config as unknown;
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    this.#options = { ...options, noEmit: true };
    this.#names = fileNames;
    this.#host = ts.createCompilerHost(this.#options);
    const { getSourceFile } = this.#host;
    this.#host.getSourceFile = (name, ...rest) => {
      if (name === this.#changed?.path) return ts.createSourceFile(name, this.#changed.text, rest[0]);
      if (!this.#parsed.has(name)) this.#parsed.set(name, getSourceFile(name, ...rest));
      return this.#parsed.get(name);
    };
  }

  /**
   * @param mutant - a change of a file of src/
   * @param whole - what that file holds
   * @returns what the compiler says of its file, or undefined
   */
  complaint(mutant: Mutant, whole: string): string | undefined {
    const path = join(ROOT, mutant.file);
    this.#changed = { path, text: applied(whole, mutant) };
    this.#program = ts.createProgram(this.#names, this.#options, this.#host, this.#program);
    const found = this.#program.getSemanticDiagnostics(this.#program.getSourceFile(path))[0];
    this.#changed = undefined;
    return found && ts.flattenDiagnosticMessageText(found.messageText, ' ');
  }
}
