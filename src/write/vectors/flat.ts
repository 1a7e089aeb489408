/** Layouts as languages with fixed records have them: registers in fields, lists of all layouts one behind the other. */
import {
  FIXED_MSRS,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_PAT,
  MSR_SYSCFG,
  MSR_TOP_MEM2,
  physBase,
  physMask,
} from '../../msr/index.ts';
import { QUIRKS } from '../../policy/index.ts';
import type { PageTable } from '../../vectors/index.ts';
import { heldValue, quirksOf, registerValues, variableRangesOf } from '../../vm/index.ts';
import type { GoldenTables } from './tables.ts';

/** A part of a list that all layouts share. */
export interface Stretch {
  readonly first: number;
  readonly count: number;
}

/** A layout in fields. */
export interface FlatLayout {
  readonly table: PageTable;
  readonly defType: bigint;
  readonly pat: bigint;
  readonly syscfg: bigint;
  readonly topMem2: bigint;
  readonly fixed: readonly bigint[];
  /** Variable ranges that exist. */
  readonly ranges: number;
  /** Bits by the order of {@link QUIRKS}. */
  readonly quirks: number;
  readonly pairs: Stretch;
  readonly slots: Stretch;
  readonly mmio: Stretch;
  readonly rows: Stretch;
}

/** Everything that layouts share. */
export interface FlatTables {
  readonly layouts: readonly FlatLayout[];
  /** Base and mask registers by index, up to the last that is written. */
  readonly pairs: readonly (readonly [bigint, bigint])[];
}

function pairsOf(values: ReadonlyMap<number, bigint>): readonly (readonly [bigint, bigint])[] {
  const all = Array.from({ length: MOST_VARIABLE_RANGES }, (_, index) => index);
  const last = all.findLastIndex((index) => values.has(physBase(index)) || values.has(physMask(index)));
  return all
    .slice(0, last + 1)
    .map((index) => [heldValue(values, physBase(index)), heldValue(values, physMask(index))] as const);
}

/** The layouts in fields, and the lists behind them. */
export function flatTables({ pages = [], policy }: GoldenTables): FlatTables {
  const layouts: FlatLayout[] = [];
  const pairs: (readonly [bigint, bigint])[] = [];
  const at = { slots: 0, mmio: 0, rows: 0 };
  const stretch = (list: keyof typeof at, count: number): Stretch => {
    const first = at[list];
    at[list] += count;
    return { first, count };
  };
  for (const table of pages) {
    const { vcpu } = table;
    const values = registerValues(vcpu);
    const own = pairsOf(values);
    layouts.push({
      table,
      defType: heldValue(values, MSR_DEF_TYPE),
      pat: heldValue(values, MSR_PAT),
      syscfg: heldValue(values, MSR_SYSCFG),
      topMem2: heldValue(values, MSR_TOP_MEM2),
      fixed: FIXED_MSRS.map((msr) => heldValue(values, msr)),
      ranges: variableRangesOf(vcpu, policy),
      quirks: quirksOf(vcpu, policy).reduce((bits, quirk) => bits | (1 << QUIRKS.indexOf(quirk)), 0),
      pairs: { first: pairs.length, count: own.length },
      slots: stretch('slots', vcpu.slots.length),
      mmio: stretch('mmio', vcpu.mmio.length),
      rows: stretch('rows', table.rows.length),
    });
    pairs.push(...own);
  }
  return { layouts, pairs };
}
