/** The blocks of a results folder: put in whole, looked for, read, and known when they are torn. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, type BlockAnswer, blockAt, type Campaign, type Counters } from '../sweep/index.ts';
import type { ParquetLibrary } from '../write/format/parquet.ts';
import { type BlockFile, blockFileText, readBlockFile, sha256 } from './block-file.ts';
import { onDisk, writeDurably } from './durable.ts';
import { blockFolder, blockIndexOf, blockPath, tablePath } from './results-layout.ts';
import { tableBytes } from './tables.ts';

/** A file to be written. */
interface Content {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What an answer becomes in a results folder: the same bytes for the same answer. */
export interface StoredBlock {
  readonly tables: readonly Content[];
  /** Text of the block file. */
  readonly text: string;
}

/**
 * The files of an answer.
 *
 * @param library - what writes Parquet; only asked for where there are tables
 */
export function storedBlock(
  campaign: Campaign,
  block: Block,
  { counters, tables }: BlockAnswer,
  library: () => ParquetLibrary,
): StoredBlock {
  const metadata = { campaign: campaign.id, block: String(block.index) };
  const contents = tables.map((table) => ({
    path: tablePath(block, table.name, table.partition),
    bytes: tableBytes(library(), table, metadata),
  }));
  const files = contents.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256(bytes) }));
  const { index, id } = block;
  return {
    tables: contents,
    text: blockFileText({ campaign: campaign.id, block: index, id, counters, tables: files }),
  };
}

/** Writes a block: its tables first, and last the file that vouches for them. @throws StorageError */
export function storeBlock(folder: string, block: Block, { tables, text }: StoredBlock): void {
  for (const { path, bytes } of tables) writeDurably(folder, path, bytes);
  writeDurably(folder, blockPath(block), text);
}

/** The text of a file; undefined where it is not there. */
export function textIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return onDisk(file, () => {
      throw error;
    });
  }
}

/** Why a table does not stand there as its block says; undefined where it does. */
function tableProblem(folder: string, { tables }: BlockFile): string | undefined {
  for (const { path, bytes } of tables) {
    const found = sizeOf(join(folder, path));
    if (found === undefined) return `${path} is missing`;
    if (found !== bytes) return `${path} has ${found} bytes, not ${bytes}`;
  }
  return undefined;
}

function sizeOf(file: string): number | undefined {
  try {
    return statSync(file).size;
  } catch {
    return undefined;
  }
}

/**
 * A block of a results folder.
 *
 * @returns what its file holds; undefined where it is not done; a text that says what is wrong where it, or a table of
 * it, is not whole
 */
export function readBlock(
  folder: string,
  campaign: Campaign,
  block: Block,
): BlockFile<Counters> | string | undefined {
  const path = blockPath(block);
  const text = textIfThere(join(folder, path));
  if (text === undefined) return undefined;
  const file = readBlockFile<Counters>(text);
  if (typeof file === 'string') return `${path}: ${file}`;
  if (file.campaign !== campaign.id || file.id !== block.id) return `${path}: it is of another campaign`;
  return tableProblem(folder, file) ?? file;
}

/** Numbers of the blocks that have a file, ascending; whether it is whole is for {@link readBlock} to say. */
export function blocksThere(folder: string, { blocks }: Campaign): number[] {
  const found: number[] = [];
  const perFolder = new Set<string>();
  for (const name of folderNames(join(folder, 'blocks'))) perFolder.add(`blocks/${name}`);
  for (const path of perFolder) {
    for (const name of folderNames(join(folder, path))) {
      const index = blockIndexOf(name);
      if (index !== undefined && index < blocks && blockFolder(index) === path) found.push(index);
    }
  }
  return found.sort((a, b) => a - b);
}

function folderNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    return onDisk(folder, () => {
      throw error;
    });
  }
}

/** What was found in a results folder. */
export interface Scan {
  /** Numbers of the blocks that are done and whole. */
  readonly done: ReadonlySet<number>;
  /** What is wrong with blocks that are there and not whole, a line each; they count as not done. */
  readonly torn: readonly string[];
}

/**
 * Looks through a results folder, block by block in their order.
 *
 * @param each - told of every whole block
 */
export async function scanBlocks(
  folder: string,
  campaign: Campaign,
  each: (file: BlockFile<Counters>) => void = () => undefined,
): Promise<Scan> {
  const done = new Set<number>();
  const torn: string[] = [];
  for (const index of blocksThere(folder, campaign)) {
    const file = readBlock(folder, campaign, await blockAt(campaign, index));
    if (typeof file === 'string') torn.push(file);
    else if (file) {
      done.add(index);
      each(file);
    }
  }
  return { done, torn };
}
