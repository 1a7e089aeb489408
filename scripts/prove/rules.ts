/**
 * The rules as terms, written from their sources and from nothing of src/ or assembly/. A statement holds the Wasm
 * against them; a planted error replaces one.
 */
import {
  add,
  band,
  bnot,
  bor,
  concat,
  equal,
  extract,
  ite,
  lshr,
  shl,
  sub,
  ule,
  ult,
  zeroExtend,
} from './bitvectors.ts';
import { and, not, or } from './conditions.ts';
import { bits, FALSE, type Term, TRUE } from './term.ts';

/** Encodings of memory types (SDM vol. 3A, "IA32_MTRR_DEF_TYPE MSR"); 0xff stands for undefined. */
export const [UC, WC, WT, WP, WB, UNDEFINED] = [0, 1, 4, 5, 6, 0xff];
const byte = (value: number): Term => bits(value, 8);

/** A variable range as it is matched: whether it holds the page, and its type (8 bits). */
export interface Match {
  readonly holds: Term;
  readonly type: Term;
}

/** A rule that takes ranges one by one: what it starts from, what one range makes of that, and what comes of it all. */
export interface Fold<State, Item = Match> {
  readonly first: State;
  readonly step: (so: State, next: Item) => State;
  /** @param fallback - the default type (8 bits) */
  readonly last: (so: State, fallback: Term) => Term;
}

/** What a fold makes of some ranges. */
export function folded<State, Item>(
  { first, step, last }: Fold<State, Item>,
  items: readonly Item[],
  fallback: Term,
): Term {
  return last(items.reduce(step, first), fallback);
}

/** The types of the ranges so far that hold a page: a bit a type (8 bits). */
export interface TypesHeld {
  readonly held: Term;
}

/** The type so far, UNDEFINED before any, and whether no further range counts. */
export interface TypeSoFar {
  readonly type: Term;
  readonly ended: Term;
}

export interface Rules {
  readonly isMemoryType: (type: Term) => Term;
  /** Whether WRMSR takes a value for the base, or for the mask, of a range. */
  readonly isWritable: (value: Term, isMask: boolean, physical: Term) => Term;
  readonly maskHolds: (base: Term, mask: Term, address: Term, physical: Term) => Term;
  readonly convexRange: (base: Term, mask: Term, physical: Term) => { start: Term; end: Term };
  /** Of two base registers, whether KVM walks the range of the first before that of the second. */
  readonly isWalkedBefore: (a: Term, b: Term) => Term;
  readonly isContiguous: (mask: Term, physical: Term) => Term;
  readonly overlap: Fold<TypesHeld>;
  readonly kvmFold: Fold<TypeSoFar>;
  readonly fixedRange: (frame: Term) => Term;
  readonly effective: (type: Term, pat: Term) => Term;
  readonly kvmEntry: (columns: EntryColumns) => Term;
  readonly leafBits: (layout: Term, word: Term, level: Term, readonly: Term) => Term;
  readonly oneLeaf: (region: Region) => Fold<LeafSoFar, Range>;
}

/** Bits of a physical address (64). */
export function physicalMask(maxphyaddr: Term): Term {
  return sub(shl(bits(1, 64), zeroExtend(maxphyaddr, 64)), bits(1, 64));
}

/** 32 to 52 address bits. */
export function isWidth(maxphyaddr: Term): Term {
  return and(ule(bits(32, 32), maxphyaddr), ule(maxphyaddr, bits(52, 32)));
}

/** Whether a frame lies within the address space. */
export function isFrame(gfn: Term, maxphyaddr: Term): Term {
  return equal(lshr(gfn, sub(zeroExtend(maxphyaddr, 64), bits(12, 64))), bits(0, 64));
}

/** SDM vol. 3A, "Variable Range MTRRs": bits above MAXPHYADDR, 11:8 of a base and 10:0 of a mask are reserved. */
export function leavesReserved(value: Term, isMask: boolean, physical: Term): Term {
  const reserved = isMask ? extract(value, 10, 0) : extract(value, 11, 8);
  return and(equal(band(value, bnot(physical)), bits(0, 64)), equal(reserved, bits(0, reserved.width)));
}

/** Address bits above the page. */
const framesOf = (value: Term, physical: Term): Term => band(value, band(physical, bits(~0xfffn, 64)));

function isOf(type: Term, ...types: readonly number[]): Term {
  return or(...types.map((one) => equal(type, byte(one))));
}

/** SDM vol. 3A, "MTRR Precedences": UC wins; WT and WB give WT; equal types stay; all other overlaps are undefined. */
const overlap: Fold<TypesHeld> = {
  first: { held: bits(0, 8) },
  step: ({ held }, { holds, type }) => ({ held: bor(held, ite(holds, shl(bits(1, 8), type), bits(0, 8))) }),
  last: ({ held }, fallback) => {
    const are = (...types: readonly number[]): Term =>
      equal(
        held,
        bits(
          types.reduce((set, type) => set | (1 << type), 0),
          8,
        ),
      );
    const uc = equal(extract(held, UC, UC), bits(1, 1));
    const alone = [WC, WT, WP, WB].reduce((type, one) => ite(are(one), byte(one), type), byte(UNDEFINED));
    const mixed = ite(are(WT, WB), byte(WT), alone);
    return ite(are(), fallback, ite(uc, byte(UC), mixed));
  },
};

/**
 * KVM 4.7 to 6.10, arch/x86/kvm/mtrr.c, kvm_mtrr_get_guest_memory_type: the ranges that hold the page in the order in
 * which they are given. Equal types stay; UC ends it with UC; WB and WT give WT; any other pair ends it with WB.
 */
const kvmFold: Fold<TypeSoFar> = {
  first: { type: byte(UNDEFINED), ended: FALSE },
  step: ({ type, ended }, { holds, type: next }) => {
    const isFirst = equal(type, byte(UNDEFINED));
    const isPair = or(and(isOf(type, WB), isOf(next, WT)), and(isOf(type, WT), isOf(next, WB)));
    const differs = and(not(isFirst), not(equal(type, next)));
    const after = ite(differs, ite(isOf(next, UC), byte(UC), ite(isPair, byte(WT), byte(WB))), next);
    const ends = and(differs, or(isOf(next, UC), not(isPair)));
    const applies = and(holds, not(ended));
    return { type: ite(applies, after, type), ended: or(ended, and(applies, ends)) };
  },
  last: ({ type }, fallback) => ite(equal(type, byte(UNDEFINED)), fallback, type),
};

/** Columns of vmx_get_mt_mask, each a condition, and the guest's MTRR type (8 bits). */
export interface EntryColumns {
  readonly noncoherentDma: Term;
  readonly cacheDisabled: Term;
  readonly quirkCdNwCleared: Term;
  /** Whether a VM without non-coherent DMA has its PAT ignored. */
  readonly ignoresPat: Term;
  /** PolicyFlags.cacheDisable: WB with IPAT, WB, or CR0.CD not looked at. */
  readonly cdGivesIpat: Term;
  readonly cdIsIgnored: Term;
  readonly mtrrsCount: Term;
  readonly mtrrType: Term;
}

/** KVM's rule in the order of its tests: type in bits 7:0, IPAT in bit 8 (arch/x86/kvm/vmx/vmx.c, vmx_get_mt_mask). */
function kvmEntry(columns: EntryColumns): Term {
  const word = (type: Term, ipat: Term): Term => concat(ite(ipat, bits(1, 8), bits(0, 8)), type);
  const none = FALSE;
  const coherent = word(byte(WB), columns.ignoresPat);
  const disabled = ite(
    columns.quirkCdNwCleared,
    word(byte(WB), columns.cdGivesIpat),
    word(byte(UC), not(none)),
  );
  const guest = word(ite(columns.mtrrsCount, columns.mtrrType, byte(WB)), none);
  const byCd = ite(and(columns.cacheDisabled, not(columns.cdIsIgnored)), disabled, guest);
  return ite(columns.noncoherentDma, byCd, coherent);
}

/** SDM vol. 3A, "Effective Page-Level Memory Types": rows UC WC WT WP WB, columns PAT UC WC WT WP WB UC-. */
const EFFECTIVE: Readonly<Record<number, readonly number[]>> = {
  [UC]: [UC, WC, UC, UC, UC, UC],
  [WC]: [UC, WC, UC, UC, WC, WC],
  [WT]: [UC, WC, WT, WP, WT, UC],
  [WP]: [UC, WC, WT, WP, WP, WC],
  [WB]: [UC, WC, WT, WP, WB, UC],
};
const PAT_COLUMNS = [UC, WC, WT, WP, WB, 7];

function effective(type: Term, pat: Term): Term {
  let result = byte(UNDEFINED);
  for (const [row, cells] of Object.entries(EFFECTIVE)) {
    cells.forEach((cell, column) => {
      const here = and(equal(type, byte(Number(row))), equal(pat, byte(PAT_COLUMNS[column]!)));
      result = ite(here, byte(cell), result);
    });
  }
  return result;
}

/** SDM vol. 3A, "Fixed Range MTRRs": 8 ranges of 64 KiB from 0, 16 of 16 KiB from 0x80000, 64 of 4 KiB from 0xc0000. */
function fixedRange(frame: Term): Term {
  const at = (address: number): Term => bits(address >> 12, frame.width);
  const index = (first: number, size: number, before: number): Term => {
    let found = bits(before, frame.width);
    for (let range = 1; first + range * size < 0x100000 && range < 64; range++) {
      found = ite(ule(at(first + range * size), frame), bits(before + range, frame.width), found);
    }
    return found;
  };
  const upper = ite(ult(frame, at(0xc0000)), index(0x80000, 0x4000, 8), index(0xc0000, 0x1000, 24));
  return ite(ult(frame, at(0x80000)), index(0, 0x10000, 0), upper);
}

/** Bits of a leaf without address, type and IPAT: those of every entry, and those of writable ones beside them. */
interface Layout {
  readonly always: bigint;
  readonly writable: bigint;
}

/**
 * By PolicyFlags.leaf. R, W, X of the architecture (SDM vol. 3C, "Format of an EPT Page-Table Entry"); KVM's A 8 and D 9
 * (hardware A/D, a write), then its own bits: spte.h of 5.13, 6.10 and 7.2, before that mmu.c.
 */
const LAYOUTS: readonly Layout[] = [
  { always: 0x5n, writable: 0x2n },
  { always: 0x905n, writable: 0x0600_0000_0000_0202n },
  { always: 0x8000_0000_0000_0905n, writable: 0x0600_0000_0000_0202n },
  { always: 0x105n, writable: 0xe02n },
  { always: 0x105n, writable: 0xe02n },
  { always: 0x8000_0000_0000_0d05n, writable: 0x00a0_0000_0000_0202n },
];
const LARGE = bits(0x80, 64);

/** @param word - type in bits 2:0, IPAT in bit 3 */
function leafBits(layout: Term, word: Term, level: Term, readonly: Term): Term {
  const place = shl(zeroExtend(word, 64), bits(3, 64));
  let always = bits(0, 64);
  let writable = bits(0, 64);
  LAYOUTS.forEach((one, index) => {
    const here = equal(layout, bits(index, layout.width));
    always = ite(here, bits(one.always, 64), always);
    writable = ite(here, bits(one.writable, 64), writable);
  });
  const large = ite(ult(bits(1, level.width), level), LARGE, bits(0, 64));
  return bor(bor(place, always), bor(large, ite(readonly, bits(0, 64), writable)));
}

/** An aligned region, of frames, `end` exclusive. */
export interface Region {
  readonly start: Term;
  readonly end: Term;
  /** DEF_TYPE.E. */
  readonly enabled: Term;
}

/** A variable range, of frames, `end` exclusive. */
export interface Range {
  readonly start: Term;
  readonly end: Term;
  readonly type: Term;
}

/** A walk over the ranges that touch a region, so far. */
export interface LeafSoFar {
  /** Of the ranges that touch it, UNDEFINED before any (8 bits). */
  readonly type: Term;
  readonly isOneType: Term;
  /** The frame up to which the walk has found the region covered (64 bits). */
  readonly covered: Term;
  readonly hasGap: Term;
}

/**
 * KVM 4.7 to 6.10, kvm_mtrr_check_gfn_range_consistency, above the fixed ranges: all ranges that touch the region have one
 * type; and if they leave a gap, that type is the default. What counts as a gap is a start above all that came before
 * it in the walk, or an end before the region's.
 */
function oneLeaf({ start, end, enabled }: Region): Fold<LeafSoFar, Range> {
  return {
    first: { type: byte(UNDEFINED), isOneType: TRUE, covered: start, hasGap: FALSE },
    step: (so, range) => {
      const touches = and(ult(range.start, end), ult(start, range.end));
      const differs = and(not(equal(so.type, byte(UNDEFINED))), not(equal(so.type, range.type)));
      return {
        type: ite(touches, range.type, so.type),
        isOneType: and(so.isOneType, not(and(touches, differs))),
        covered: ite(and(touches, ult(so.covered, range.end)), range.end, so.covered),
        hasGap: or(so.hasGap, and(touches, ult(so.covered, range.start))),
      };
    },
    last: ({ type, isOneType, covered, hasGap }, fallback) => {
      const gap = or(hasGap, ult(covered, end));
      const isHarmless = or(equal(type, byte(UNDEFINED)), equal(type, fallback));
      return or(not(enabled), and(isOneType, or(not(gap), isHarmless)));
    },
  };
}

export const RULES: Rules = {
  // SDM vol. 3A, "Memory Types That Can Be Encoded in MTRRs": 2, 3 and 7 and above are reserved.
  isMemoryType: (type) => isOf(type, UC, WC, WT, WP, WB),
  // SDM vol. 3A, "Memory Types That Can Be Encoded in MTRRs", for a base.
  isWritable: (value, isMask, physical) =>
    and(leavesReserved(value, isMask, physical), isMask ? TRUE : RULES.isMemoryType(extract(value, 7, 0))),
  // SDM vol. 3A, "Variable Range MTRRs": address AND mask = base AND mask.
  maskHolds: (base, mask, address, physical) => {
    const compared = framesOf(mask, physical);
    return equal(band(address, compared), band(base, compared));
  },
  // arch/x86/kvm/mtrr.c, var_mtrr_range, the mask's upper bits being set when it is written.
  convexRange: (base, mask, physical) => {
    const start = lshr(framesOf(base, physical), bits(12, 64));
    const last = lshr(framesOf(bor(base, bnot(mask)), physical), bits(12, 64));
    return { start, end: add(last, bits(1, 64)) };
  },
  // arch/x86/kvm/mtrr.c, update_var_mtrr: a list in ascending order of base registers, which is walked from its end.
  isWalkedBefore: (a, b) => ult(b, a),
  // One run of ones up to the highest address bit: adding the lowest of them carries out of the space.
  isContiguous: (mask, physical) => {
    const free = band(bnot(mask), band(physical, bits(~0xfffn, 64)));
    const filled = bor(free, bits(0xfff, 64));
    return equal(band(filled, add(filled, bits(1, 64))), bits(0, 64));
  },
  overlap,
  kvmFold,
  fixedRange,
  effective,
  kvmEntry,
  leafBits,
  oneLeaf,
};
