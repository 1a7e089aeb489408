/** What comes of a block: counters, and rows for tables. The same block gives the same answer, wherever it runs. */
import type { Block, Campaign } from './campaign.ts';
import type { Counters } from './counters.ts';

/** How a column is stored, as Parquet has it. Frames and page counts below 2^53 are numbers, larger ones bigints. */
export type ColumnKind = 'uint64' | 'uint8' | 'string' | 'boolean';

/** A value of a row. */
export type Cell = number | bigint | string | boolean | null;

/** A column of a table. */
export interface TableColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly isNullable: boolean;
}

/** What tables there are: answers by point, what differs or is wrong, kinds of maps, stretches of entries. */
export type TableName = 'points' | 'findings' | 'classes' | 'spans';

/** Rows of one kind. */
export interface Table {
  readonly name: TableName;
  /** Folders that it goes into, in order, as in `ask=compare/policy=kvm-5.16`. */
  readonly partition: readonly (readonly [key: string, value: string])[];
  readonly columns: readonly TableColumn[];
  /** In order of the points; every row has every column. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** What comes of a block. */
export interface BlockAnswer {
  readonly counters: Counters;
  /** Tables without rows are left out. */
  readonly tables: readonly Table[];
}

/**
 * Computes a block. What it needs of the world (files, presets, another program) comes with the runner.
 *
 * @throws the signal's reason, and whatever a point's answer fails with that is no answer
 */
export type BlockRunner = (campaign: Campaign, block: Block, signal?: AbortSignal) => Promise<BlockAnswer>;
