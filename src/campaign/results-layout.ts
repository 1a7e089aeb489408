/** Where what stands in a results folder. */

/** The campaign as it was resolved: written first, and never again. */
export const LOCK_FILE = 'campaign.lock.json';
/** The counters of all blocks, once all are there. */
export const SUMMARY_FILE = 'summary.json';

const BLOCKS_OF_FOLDER = 10_000;
/** Digits of a block's id in names of files; the whole id stands in the block file. */
const ID_DIGITS = 16;

/** A block, as names of files need it. */
export interface NamedBlock {
  /** Number of the block, from 0. */
  readonly index: number;
  /** 64 hexadecimal digits. */
  readonly id: string;
}

/** `000123-0a1b2c3d4e5f6071`. */
function nameOf({ index, id }: NamedBlock): string {
  return `${String(index).padStart(6, '0')}-${id.slice(0, ID_DIGITS)}`;
}

/** `blocks/00`: folders of ten thousand. */
export function blockFolder(index: number): string {
  return `blocks/${String(Math.floor(index / BLOCKS_OF_FOLDER)).padStart(2, '0')}`;
}

/** `blocks/00/000123-0a1b2c3d4e5f6071.json`. */
export function blockPath(block: NamedBlock): string {
  return `${blockFolder(block.index)}/${nameOf(block)}.json`;
}

/** The number in the name of a block file; undefined where it is none. */
export function blockIndexOf(name: string): number | undefined {
  const match = /^(\d{6,})-[0-9a-f]{16}\.json$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** A key and a value as Hive names folders: what may not stand in a name is escaped, as readers undo it. */
function hiveFolder([key, value]: readonly [string, string]): string {
  return `${key}=${encodeURIComponent(value)}`;
}

/**
 * `data/findings/ask=compare/policy=kvm-5.16/000123-0a1b2c3d4e5f6071.parquet`.
 *
 * @param table - which of the block's tables
 * @param partition - keys and values in the order of the folders
 */
export function tablePath(
  block: NamedBlock,
  table: string,
  partition: readonly (readonly [string, string])[],
): string {
  return ['data', table, ...partition.map(hiveFolder), `${nameOf(block)}.parquet`].join('/');
}

/** `started/0a1b2c3d4e5f6071.2`. @param start - of the block, from 1 */
export function startedPath({ id }: NamedBlock, start: number): string {
  return `started/${id.slice(0, ID_DIGITS)}.${start}`;
}

/** `failed/0a1b2c3d4e5f6071.json`. */
export function failedPath({ id }: NamedBlock): string {
  return `failed/${id.slice(0, ID_DIGITS)}.json`;
}
