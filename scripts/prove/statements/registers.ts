/** The pair of registers of one variable range, as WRMSRs have left it, and a page of the space. */
import { extract, shl, sub, zeroExtend } from '../bitvectors.ts';
import { isFrame, isWidth, leavesReserved, physicalMask } from '../rules.ts';
import { bits, type Term, variable } from '../term.ts';

export const maxphyaddr = variable('maxphyaddr', 32);
export const physical = physicalMask(maxphyaddr);
/** Frames of the space. */
export const frames = shl(bits(1, 64), sub(zeroExtend(maxphyaddr, 64), bits(12, 64)));
export const gfn = variable('gfn', 64);
export const address = shl(gfn, bits(12, 64));

/** What a WRMSR lets through of a base and a mask, but for the type; and that there is the page. */
export const written = (base: Term, mask: Term): Term[] => [
  isWidth(maxphyaddr),
  isFrame(gfn, maxphyaddr),
  leavesReserved(base, false, physical),
  leavesReserved(mask, true, physical),
];

/** The type in a base. */
export const typeIn = (base: Term): Term => extract(base, 7, 0);
