/** Blocks of memory as the host hands them to the Wasm, at addresses of their own. */
import {
  VIEW_CACHE_DISABLE,
  VIEW_EPT,
  VIEW_HEADER_SIZE,
  VIEW_IGNORE_PAT,
  VIEW_LEAF,
  VIEW_LEVEL_CHECK,
  VIEW_MAXPHYADDR,
  VIEW_MTRR,
  VIEW_SLOT_COUNT,
  VIEW_SWITCHES,
  VIEW_VCNT,
  VIEW_WRITE_COUNT,
  WRITE_SIZE,
  WRITE_VALUE,
} from '../../assembly/layout.ts';
import { band, bnot, bor, concat, equal, extract } from './bitvectors.ts';
import { Memory } from './memory.ts';
import { bits, type Term, variable } from './term.ts';

export const VIEW = 0x1000;
export const STATE = 0x4000;
export const PLAN = 0x10000;
export const OUT = 0x40000;

/** A pointer or a count. */
export function word(value: number): Term {
  return bits(value, 32);
}

/** A frame number as two halves, as exports of `direct` take it. */
export function halves(gfn: Term): readonly [Term, Term] {
  return [extract(gfn, 31, 0), extract(gfn, 63, 32)];
}

export interface ViewFields {
  readonly maxphyaddr: Term;
  readonly switches?: Term;
  readonly mtrr?: Term;
  readonly ept?: Term;
  readonly cacheDisable?: Term;
  readonly ignorePat?: Term;
  readonly levelCheck?: Term;
  readonly leaf?: Term;
  /** MSR number and value. */
  readonly writes?: readonly (readonly [number | Term, Term])[];
  readonly slots?: number;
}

/** A view block (layout.ts) at {@link VIEW}; what is not named is 0, and 8 ranges exist. */
export function viewBlock(fields: ViewFields): Memory {
  const memory = new Memory();
  const { writes = [] } = fields;
  memory.fill(VIEW, bits(0, 8), VIEW_HEADER_SIZE + writes.length * WRITE_SIZE);
  const put = (offset: number, value: Term = word(0)): void => memory.store(VIEW + offset, value);
  put(VIEW_MAXPHYADDR, fields.maxphyaddr);
  put(VIEW_VCNT, word(8));
  put(VIEW_SWITCHES, fields.switches);
  put(VIEW_MTRR, fields.mtrr);
  put(VIEW_EPT, fields.ept);
  put(VIEW_CACHE_DISABLE, fields.cacheDisable);
  put(VIEW_IGNORE_PAT, fields.ignorePat);
  put(VIEW_LEVEL_CHECK, fields.levelCheck);
  put(VIEW_LEAF, fields.leaf);
  put(VIEW_WRITE_COUNT, word(writes.length));
  put(VIEW_SLOT_COUNT, word(fields.slots ?? 0));
  writes.forEach(([msr, value], index) => {
    const at = VIEW_HEADER_SIZE + index * WRITE_SIZE;
    put(at, typeof msr === 'number' ? word(msr) : msr);
    put(at + WRITE_VALUE, value);
  });
  return memory;
}

/** DEF_TYPE with E and, where wished, FE, of a type (8 bits) that may be any. */
export function defType(type: Term, fixed = false): Term {
  return concat(bits(fixed ? 0xc : 0x8, 56), type);
}

/** A pair of base and mask as it is written; variables `base0`, `mask0`, ... */
export interface Pair {
  readonly isOn: boolean;
  readonly base: Term;
  readonly mask: Term;
  readonly writes: readonly (readonly [number, Term])[];
}

/** Bit 11 of a PHYSMASK: the range is on. */
const VALID = bits(0x800, 64);

/**
 * Pairs of any values, but for whether they are on: how many rules there are is known, so that loops over them end.
 *
 * @param on - a letter a pair: `v` for a range that is on, `-` for one that is not
 */
export function pairs(on: string): Pair[] {
  return [...on].map((letter, index) => {
    const base = variable(`base${index}`, 64);
    const any = variable(`mask${index}`, 64);
    const isOn = letter === 'v';
    const mask = isOn ? bor(any, VALID) : band(any, bnot(VALID));
    const msr = 0x200 + 2 * index;
    return {
      isOn,
      base,
      mask,
      writes: [
        [msr, base],
        [msr + 1, mask],
      ],
    };
  });
}

/** That no write was refused. */
export function accepted(refused: Term): Term {
  return equal(refused, bits(-1, 32));
}
