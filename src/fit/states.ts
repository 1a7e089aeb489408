/**
 * What the ranges around a block leave to decide. Aligned power-of-two ranges are nested or disjoint, so that the
 * ranges that match a page enclose each other, and from outside to inside only this matters:
 *
 * - `open`: none encloses it; the default type holds.
 * - `covered` by a type: UC inside stays UC, WB and WT make WT (Intel SDM vol. 3A, "MTRR Precedences").
 *
 * Two ranges whose types collide otherwise are never worth anything: the pages of the inner one would all have to
 * be UC by a third range, which does the same without it. Inside UC nothing is worth a register either.
 *
 * KVM up to 6.10 takes the ranges of a page in descending order of their base registers, address first, then type,
 * and UC wins only over what came BEFORE it: inside a range with a lower base a UC range alone becomes WB. It is
 * right if a range of another type with its own base encloses it, for the type sorts UC last; a second register
 * with the same base and size, the guard, brings that about anywhere.
 */
import { MEMORY_TYPES, type MemoryType, UC, WB, WC, WP, WT } from '../types.ts';
import type { Block, Kind } from './block.ts';
import { accepts } from './wanted.ts';

/**
 * Whose rules a plan has to satisfy: the manual's alone (`manual`); KVM's too, page by page the same (`kvm`); or no
 * two ranges may overlap (`disjoint`), which everybody reads in the same way.
 */
export type Discipline = 'manual' | 'kvm' | 'disjoint';

/** What encloses a block, as a small number: 0..4 open with a default type, then covered. */
export type State = number;

const TYPES = MEMORY_TYPES.length;
/** States there are. */
export const STATES = 3 * TYPES;

function indexOf(type: MemoryType): number {
  return MEMORY_TYPES.indexOf(type);
}

/** Nothing encloses the block, and the default type is `type`. */
export function open(type: MemoryType): State {
  return indexOf(type);
}

/**
 * A range of this type encloses the block.
 *
 * @param hasSameBase - whether one of the enclosing ranges starts where the block does
 */
function covered(type: MemoryType, hasSameBase: boolean): State {
  return TYPES + 2 * indexOf(type) + (hasSameBase ? 1 : 0);
}

function isOpen(state: State): boolean {
  return state < TYPES;
}

function typeOf(state: State): MemoryType {
  return MEMORY_TYPES[isOpen(state) ? state : (state - TYPES) >> 1]!;
}

/** The state of a block's upper half: no enclosing range starts there, which only KVM minds. */
export function ofUpperHalf(state: State, discipline: Discipline): State {
  return isOpen(state) || discipline !== 'kvm' ? state : covered(typeOf(state), false);
}

/** A way to go on at a block: registers that match exactly it, and what they make of its state. */
export interface Option {
  /** Types of the registers, 0 to 2 of them. */
  readonly types: readonly MemoryType[];
  readonly state: State;
  /** Whether the registers overlap with others. */
  readonly isOverlap: boolean;
}

/** Types that are defined inside a range of a type. */
const INSIDE: Readonly<Record<MemoryType, readonly MemoryType[]>> = {
  [UC]: [],
  [WC]: [UC],
  [WT]: [UC],
  [WP]: [UC],
  [WB]: [WT, UC],
};

function optionsOf(state: State, discipline: Discipline): readonly Option[] {
  const none: Option = { types: [], state, isOverlap: false };
  const type = typeOf(state);
  if (isOpen(state)) {
    return [
      none,
      ...MEMORY_TYPES.map((one) => ({ types: [one], state: covered(one, true), isOverlap: false })),
    ];
  }
  if (discipline === 'disjoint') return [none];
  const hasSameBase = state === covered(type, true);
  return [
    none,
    ...INSIDE[type].map((inner): Option => {
      const needsGuard = discipline === 'kvm' && inner === UC && !hasSameBase;
      return { types: needsGuard ? [type, UC] : [inner], state: covered(inner, true), isOverlap: true };
    }),
  ];
}

const TABLES: Readonly<Record<Discipline, readonly (readonly Option[])[]>> = {
  manual: Array.from({ length: STATES }, (_, state) => optionsOf(state, 'manual')),
  kvm: Array.from({ length: STATES }, (_, state) => optionsOf(state, 'kvm')),
  disjoint: Array.from({ length: STATES }, (_, state) => optionsOf(state, 'disjoint')),
};

/** The ways to go on at a block in a state; doing nothing comes first. */
export function options(state: State, discipline: Discipline): readonly Option[] {
  return TABLES[discipline][state]!;
}

/** Whether every frame of a block can still have what is wanted, whatever is put inside. */
export function canHold(state: State, { reachable }: Block): boolean {
  return isOpen(state) || (reachable & (1 << typeOf(state))) !== 0;
}

/** Whether frames are UC on which no further range lies. */
export function isUncached(state: State): boolean {
  return typeOf(state) === UC;
}

/** How a leaf fares in a state: as wanted, UC instead of what was wanted, or wrong. */
export type Outcome = 'wanted' | 'lost' | 'wrong';

/** The outcome for the frames of a leaf on which no further range lies. */
export function outcome(state: State, { accepted, isForcedWb }: Kind, discipline: Discipline): Outcome {
  const type = typeOf(state);
  if (isOpen(state) && isForcedWb) {
    // KVM knows nothing of TOM2.
    if (discipline === 'kvm' && type !== WB) return 'wrong';
    return accepts(accepted, WB) ? 'wanted' : 'wrong';
  }
  if (accepts(accepted, type)) return 'wanted';
  return type === UC ? 'lost' : 'wrong';
}
