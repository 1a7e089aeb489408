/** What a schema says is wrong, at its places in the text. */
import type * as z from 'zod/mini';
import type { ConfigProblem } from '../errors.ts';
import { pathText } from './path.ts';
import type { Source } from './source.ts';
import { problemsOf } from './vm/problems.ts';

/** What one issue of zod's says, at its place. */
function* placed(issue: z.core.$ZodIssue, source: Source): Generator<ConfigProblem> {
  for (const { path, what, message, hint } of problemsOf(issue, source.value)) {
    yield {
      file: source.file,
      ...source.locate(path, what),
      path: pathText(path),
      message,
      ...(hint !== undefined && { hint }),
    };
  }
}

/** A key that is missing from a map that has an unknown one is most likely misspelt: one problem, not two. */
function withoutEchoes(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const parent = (path: string) => path.replace(/\.?[^.]*$/, '');
  const misspelt = new Set(
    problems.filter(({ message }) => message === 'unknown key').map(({ path }) => parent(path)),
  );
  return problems.filter(
    ({ path, message }) => !(message.endsWith('it is missing') && misspelt.has(parent(path))),
  );
}

/** Problems in the order of the file. */
export function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/**
 * Holds a text against a schema.
 *
 * @returns all that is wrong, each at its line and column; empty where nothing is
 */
export function schemaProblems(schema: z.ZodMiniType, source: Source): readonly ConfigProblem[] {
  const checked = schema.safeParse(source.value);
  if (checked.success) return [];
  return inOrder(withoutEchoes(checked.error.issues.flatMap((issue) => [...placed(issue, source)])));
}
