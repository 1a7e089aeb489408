/** What is said of branches that tests take, and do not. */
import type { Branch } from './instrument.ts';

/** A branch that no test takes, and why: `unreached.json`. */
export interface Unreached {
  readonly file: string;
  readonly text: string;
  readonly side: Branch['side'];
  readonly reason: string;
}

/** What a run found. */
export interface Coverage {
  readonly files: readonly { readonly file: string; readonly reached: number; readonly all: number }[];
  readonly reached: number;
  readonly all: number;
  /** Not taken, and not on the list. */
  readonly unexplained: readonly Branch[];
  /** On the list, and taken or not there. */
  readonly stale: readonly Unreached[];
}

const keyOf = ({ file, text, side }: Omit<Unreached, 'reason'>): string => `${file}\n${text}\n${side}`;

/**
 * @param branches - all, by their numbers
 * @param taken - numbers of those that were taken
 * @param listed - those of which it is known why they are not
 */
export function coverageOf(
  branches: readonly Branch[],
  taken: ReadonlySet<number>,
  listed: readonly Unreached[],
): Coverage {
  const missing = branches.filter((_, number) => !taken.has(number));
  const reasons = new Set(listed.map(keyOf));
  const missingKeys = new Set(missing.map(keyOf));
  const files = [...new Set(branches.map(({ file }) => file))].map((file) => {
    const all = branches.filter((branch) => branch.file === file).length;
    return { file, reached: all - missing.filter((branch) => branch.file === file).length, all };
  });
  return {
    files,
    reached: branches.length - missing.length,
    all: branches.length,
    unexplained: missing.filter((branch) => !reasons.has(keyOf(branch))),
    stale: listed.filter((entry) => !missingKeys.has(keyOf(entry))),
  };
}

const percent = (reached: number, all: number): string =>
  `${((100 * reached) / all).toFixed(1).padStart(5)} %`;

/** The report, a line a file, then what is not taken. */
export function* reportLines({ files, reached, all, unexplained, stale }: Coverage): Generator<string> {
  for (const one of files)
    yield `${one.file.padEnd(36)}${percent(one.reached, one.all)}  ${one.reached} of ${one.all} branches`;
  yield `${'assembly/'.padEnd(36)}${percent(reached, all)}  ${reached} of ${all} branches`;
  for (const { file, line, text, side } of unexplained)
    yield `not reached: ${file}:${line} ${text.replaceAll(/\s+/g, ' ')} (${side})`;
  for (const { file, text, side } of stale)
    yield `reached, though unreached.json says it is not: ${file} ${text.replaceAll(/\s+/g, ' ')} (${side})`;
}
