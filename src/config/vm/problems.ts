/** What the schema says of a value, in this program's words. */
import type * as z from 'zod/mini';
import { didYouMean } from '../../suggest.ts';
import type { Path } from '../path.ts';
import { shown } from '../values.ts';

/** One thing that is wrong with a value, and where within it. */
export interface SchemaProblem {
  readonly path: Path;
  /** Whether it is the key that is wrong or what stands behind it. */
  readonly what: 'key' | 'value';
  readonly message: string;
  readonly hint?: string | undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
};

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inside, key) => (inside as Record<string | number, unknown> | null)?.[key],
    value,
  );
}

/**
 * What one issue of zod's says.
 *
 * @param whole - the value that was held against the schema
 */
export function* problemsOf(issue: z.core.$ZodIssue, whole: unknown): Generator<SchemaProblem> {
  const path = issue.path as Path;
  const value = valueAt(whole, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) {
        const known = issue.message.split(' ');
        const hint = didYouMean(key, known) ?? `known: ${known.join(', ')}`;
        yield { path: [...path, key], what: 'key', message: 'unknown key', hint };
      }
      return;
    case 'invalid_key': {
      const inner = issue.issues[0];
      const hint = inner?.code === 'custom' ? (inner.params?.hint as string | undefined) : undefined;
      yield { path, what: 'key', message: inner?.message ?? 'unknown key', hint };
      return;
    }
    case 'invalid_type': {
      const message = `expected ${KINDS[issue.expected] ?? issue.expected}, got ${shown(value)}`;
      yield { path, what: 'value', message };
      return;
    }
    case 'too_small':
    case 'too_big': {
      const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const exact =
        issue.exact === true ? String(issue.code === 'too_small' ? issue.minimum : issue.maximum) : limit;
      const message = `expected ${exact} entries, got ${(value as unknown[]).length}`;
      yield { path, what: 'value', message };
      return;
    }
    case 'custom': {
      const hint = issue.params?.hint as string | undefined;
      yield { path, what: 'value', message: issue.message, hint };
      return;
    }
    default:
      yield { path, what: 'value', message: issue.message };
  }
}
