/** What is drawn, as the worker answers it, and how an answer looks. */

import { type GfnRange, UNDEFINED } from '../../src/types.ts';
import type { Look } from '../../src/write/format/svg-palette.ts';
import type { LaneCells, MemoryRow, Part, RegisterBar } from '../worker/protocol.ts';

/** All that a map shows. */
export interface MapModel {
  readonly space: GfnRange;
  readonly memory: readonly MemoryRow[];
  readonly registers: readonly RegisterBar[];
  /** Over the whole space. The first one is what the others are held against. */
  readonly lanes: readonly LaneCells[];
}

const LEVEL_LOOKS: readonly Look[] = ['not mapped', '4K', '2M', '1G'];
const TYPE_LOOKS: Readonly<Record<number, Look>> = {
  [UNDEFINED]: 'undefined',
  0: 'UC',
  1: 'WC',
  4: 'WT',
  5: 'WP',
  6: 'WB',
};

/** How a memory type looks. */
export function typeLook(type: number): Look {
  return TYPE_LOOKS[type] ?? 'undefined';
}

/** How an answer looks: its type, of answers without one the size of the leaf. */
export function partLook({ type, level }: Part): Look {
  return type === undefined ? (LEVEL_LOOKS[level ?? 0] ?? 'undefined') : typeLook(type);
}

/** A text that answers share which are drawn alike: `WB`, `WB + IPAT`, `2M`. */
export function partKey(part: Part): string {
  return part.ipat === 1 ? `${partLook(part)} + IPAT` : partLook(part);
}

/** Pages of all parts. */
export function pagesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { pages }) => sum + pages, 0);
}
