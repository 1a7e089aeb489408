/**
 * What an access gets when two types meet: Intel SDM vol. 3A, 13.5.2.2, table "Effective Page-Level Memory
 * Types for Pentium III and More Recent Processor Families". Rows are the MTRR type (bare metal) or the EPT
 * memory type of an entry without IPAT (Intel SDM vol. 3C, 30.3.7.2); columns are the PAT type.
 */
import { type MemoryType, type PatType, UC, UC_MINUS, WB, WC, WP, WT } from '../types.ts';

const EFFECTIVE_TYPE: Readonly<Record<MemoryType, Readonly<Record<PatType, MemoryType>>>> = {
  [UC]: { [UC]: UC, [UC_MINUS]: UC, [WC]: WC, [WT]: UC, [WB]: UC, [WP]: UC },
  [WC]: { [UC]: UC, [UC_MINUS]: WC, [WC]: WC, [WT]: UC, [WB]: WC, [WP]: UC },
  [WT]: { [UC]: UC, [UC_MINUS]: UC, [WC]: WC, [WT]: WT, [WB]: WT, [WP]: WP },
  [WB]: { [UC]: UC, [UC_MINUS]: UC, [WC]: WC, [WT]: WT, [WB]: WB, [WP]: WP },
  [WP]: { [UC]: UC, [UC_MINUS]: WC, [WC]: WC, [WT]: WT, [WB]: WP, [WP]: WP },
};

/**
 * The effective type of a page.
 *
 * @param type - MTRR type, or EPT memory type with IPAT clear
 * @param pat - type (not index) of the page-table entry
 */
export function combineWithPat(type: MemoryType, pat: PatType): MemoryType {
  return EFFECTIVE_TYPE[type][pat];
}
