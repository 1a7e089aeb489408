/** What a file of golden tables holds, whatever its language. */
import type { Policy } from '../../policy/index.ts';
import type { CombinationRow, PageTable, VerdictRow } from '../../vectors/index.ts';

/** The tables that can be asked for. */
export const VECTOR_TABLES = ['pages', 'wrmsr', 'pat'] as const;
/** One of {@link VECTOR_TABLES}. */
export type VectorTable = (typeof VECTOR_TABLES)[number];

/** Golden tables, and what they were made from. */
export interface GoldenTables {
  readonly seed: bigint;
  readonly policy: Policy;
  /** Who answered, each on its own. */
  readonly engines: readonly string[];
  /** The command that makes the same file again. */
  readonly command: string;
  readonly pages?: Iterable<PageTable>;
  readonly wrmsr?: Iterable<VerdictRow>;
  readonly pat?: Iterable<CombinationRow>;
}

/** `_` and capitals, as constants are named: `EPT_HOST_MMIO`. */
export function constantName(rule: string): string {
  return rule.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}
