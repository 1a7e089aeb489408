/** What the compiler says of a file that is not there, for tests of types. */
import ts from 'typescript';

/** What is wrong, and in which line, from 1. */
interface Complaint {
  readonly line: number;
  readonly text: string;
}

/** What one test has parsed, the next takes as it is: the libraries above all. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * Checks types under the settings of the project.
 *
 * @param path - absolute; where the file would lie
 * @param lines - what it would hold
 */
export function complaintsAbout(path: string, lines: readonly string[]): readonly Complaint[] {
  const config = ts.readConfigFile('tsconfig.json', ts.sys.readFile).config as unknown;
  const options = { ...ts.parseJsonConfigFileContent(config, ts.sys, '.').options, noEmit: true, types: [] };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? `${lines.join('\n')}\n` : readFile(name));
  host.getSourceFile = (name, ...rest) => {
    if (name === path) return getSourceFile(name, ...rest);
    if (!parsed.has(name)) parsed.set(name, getSourceFile(name, ...rest));
    return parsed.get(name);
  };
  const program = ts.createProgram([path], options, host);
  const file = program.getSourceFile(path);
  return program.getSemanticDiagnostics(file).map(({ start = 0, messageText }) => ({
    line: (file?.getLineAndCharacterOfPosition(start).line ?? -1) + 1,
    text: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
}
