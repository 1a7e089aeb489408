/** What the compiler says of a file that is not there, for tests of types. */
import ts from 'typescript';

/** What is wrong, and in which line, from 1. */
interface Complaint {
  readonly line: number;
  readonly text: string;
}

/**
 * Checks types under the settings of the project.
 *
 * @param path - absolute; where the file would lie
 * @param lines - what it would hold
 */
export function complaintsAbout(path: string, lines: readonly string[]): readonly Complaint[] {
  const config = ts.readConfigFile('tsconfig.json', ts.sys.readFile).config as unknown;
  const options = { ...ts.parseJsonConfigFileContent(config, ts.sys, '.').options, noEmit: true };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? `${lines.join('\n')}\n` : readFile(name));
  const program = ts.createProgram([path], options, host);
  const file = program.getSourceFile(path);
  return program.getSemanticDiagnostics(file).map(({ start = 0, messageText }) => ({
    line: (file?.getLineAndCharacterOfPosition(start).line ?? -1) + 1,
    text: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
}
