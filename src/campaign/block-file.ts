/**
 * The file of a block that is done: its counters, and what it wrote besides. It vouches for itself (its own SHA-256
 * over all that stands before it) and for its tables, so that a torn one is told from a whole one.
 */
import { createHash } from 'node:crypto';

/** Version of block files, which stands in each. */
const BLOCK_FORMAT = 'eptsweep/sweep-block@1';

/** A table that belongs to a block. */
export interface TableFile {
  /** Within the results folder. */
  readonly path: string;
  readonly bytes: number;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
}

/** What a block file holds. */
export interface BlockFile<Counters = unknown> {
  /** Id of the campaign. */
  readonly campaign: string;
  /** Number of the block, from 0. */
  readonly block: number;
  readonly id: string;
  readonly counters: Counters;
  readonly tables: readonly TableFile[];
}

/** SHA-256 of bytes or of a text, hexadecimal. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const SEAL = /,"sha256":"([0-9a-f]{64})"\}\n$/;

/** The text of a block file: one line of JSON, the same for the same content. */
export function blockFileText({ campaign, block, id, counters, tables }: BlockFile): string {
  const content = JSON.stringify({ format: BLOCK_FORMAT, campaign, block, id, counters, tables });
  return `${content.slice(0, -1)},"sha256":"${sha256(content)}"}\n`;
}

/**
 * Reads a block file.
 *
 * @returns its content; a text that says what is wrong where it is torn, changed or of another format
 */
export function readBlockFile<Counters>(text: string): BlockFile<Counters> | string {
  const seal = SEAL.exec(text);
  if (!seal) return 'it is torn';
  const content = `${text.slice(0, seal.index)}}`;
  if (sha256(content) !== seal[1]) return 'its SHA-256 does not fit';
  const { format, ...file } = JSON.parse(content) as BlockFile<Counters> & { readonly format: string };
  return format === BLOCK_FORMAT ? file : `it is of format ${format}, not ${BLOCK_FORMAT}`;
}
