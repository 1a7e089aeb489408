/** Reads the lines of a shell that need none: pipes between runs of the program, its input, and a status that may be. */

/** One run of the program in a line. */
interface Program {
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** A line: what goes into its first program, and through which it runs. */
interface Line {
  readonly text?: string;
  readonly file?: string;
  readonly programs: readonly Program[];
  /** What `|| test $? = N` makes of a failure. */
  readonly allowed?: number;
}

/** Words with their quotes, and operators. */
const TOKEN = /\s*(\|\||\||<|(?:'[^']*'|"[^"$`\\]*"|[^\s'"|<>;&$`\\*?(){}[\]~#!])+)\s*/y;

/** The tokens of a line; undefined where a shell would do more with one than take off its quotes. */
function tokensOf(line: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < line.length) {
    const found = TOKEN.exec(line);
    if (!found) return undefined;
    tokens.push(found[1]!);
  }
  return tokens;
}

function plain(token: string): string {
  return token.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double);
}

function programOf(tokens: readonly string[]): Program | undefined {
  const start = tokens.indexOf('eptsweep');
  const assignments = tokens.slice(0, Math.max(start, 0)).map((token) => plain(token).split('='));
  if (start < 0 || assignments.some((parts) => parts.length !== 2)) return undefined;
  return { args: tokens.slice(start + 1).map(plain), variables: Object.fromEntries(assignments) };
}

/** What `echo` and `printf` write; undefined of any other command. */
function writtenBy(tokens: readonly string[]): string | undefined {
  const [command, ...words] = tokens.map(plain);
  if (command === 'echo') return `${words.join(' ')}\n`;
  const isText = command === 'printf' && words.length === 1 && !words[0]!.includes('%');
  return isText ? words[0]!.replaceAll('\\n', '\n') : undefined;
}

/** A line in parts, or undefined where a shell has to run it. */
export function lineOf(line: string): Line | undefined {
  const allowed = /^(.*?) \|\| test \$\? = (\d)$/s.exec(line);
  const tokens = tokensOf(allowed ? allowed[1]! : line);
  if (!tokens || tokens.includes('||')) return undefined;
  const from = tokens.indexOf('<');
  if (from >= 0 && (from !== tokens.length - 2 || tokens.includes('|'))) return undefined;
  const stages: string[][] = [[]];
  for (const token of from < 0 ? tokens : tokens.slice(0, from)) {
    if (token === '|') stages.push([]);
    else stages.at(-1)!.push(token);
  }
  const text = stages.length > 1 ? writtenBy(stages[0]!) : undefined;
  const programs = stages.slice(text === undefined ? 0 : 1).map(programOf);
  if (!programs.every((program) => program !== undefined)) return undefined;
  return {
    programs,
    ...(text !== undefined && { text }),
    ...(from >= 0 && { file: plain(tokens[from + 1]!) }),
    ...(allowed && { allowed: Number(allowed[2]) }),
  };
}
