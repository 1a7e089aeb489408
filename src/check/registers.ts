/** Variable ranges that are odd in themselves: masks with holes, stray base bits, ranges that do nothing. */
import { hasHoles, kvmInterval, matchedStretch, matchesFrame, nextMatchEdge } from '../explain/matching.ts';
import { MASK_V } from '../msr/index.ts';
import { type GfnRange, typeName } from '../types.ts';
import { rangeCount, type VariableRegister, weakest } from '../vm/index.ts';
import { addresses, counted, hexText, idsText, listed } from '../words.ts';
import { type CheckContext, numbersOf } from './context.ts';
import { type Finding, finding, Gathering } from './finding.ts';

/** Address bits of any CPU that runs 64-bit code: fewer are 32-bit Atoms and Pentium Ms. */
const USUAL_LEAST_BITS = 36;
/** Stretches of one register that are looked at. */
const MOST_STRETCHES = 256;

/** What a pair matches, ascending; cut short where holes make many stretches. */
function matchedStretches(context: CheckContext, pair: VariableRegister) {
  const { registers } = context;
  const ranges: GfnRange[] = [];
  let gfn: number | undefined = matchesFrame(pair, 0) ? 0 : nextMatchEdge(pair, 0, registers);
  while (gfn !== undefined && ranges.length < MOST_STRETCHES) {
    const stretch = matchedStretch(pair, gfn, registers);
    ranges.push(stretch);
    gfn = stretch.end < registers.frames ? nextMatchEdge(pair, stretch.end - 1, registers) : undefined;
    // The end of one stretch is where it stops matching; the next edge is where it starts again.
    if (gfn !== undefined && !matchesFrame(pair, gfn)) gfn = nextMatchEdge(pair, gfn, registers);
  }
  return { ranges, isCutShort: gfn !== undefined };
}

/** The bits between the lowest and MAXPHYADDR-1 that a mask leaves out. */
function missingBits({ mask }: VariableRegister, maxphyaddr: number): readonly number[] {
  const bits: number[] = [];
  let isAbove = false;
  for (let bit = 12; bit < maxphyaddr; bit++) {
    if ((mask >> BigInt(bit)) & 1n) isAbove = true;
    else if (isAbove) bits.push(bit);
  }
  return bits;
}

/** Masks with holes: those that lack the same bits have one cause, and are told together. */
export function* checkMasks(context: CheckContext): Generator<Finding> {
  const { registers } = context;
  const groups = new Map<string, VariableRegister[]>();
  for (const pair of context.valid) {
    if (pair.mask === 0n || !hasHoles(pair, registers)) continue;
    const key = missingBits(pair, registers.maxphyaddr).join();
    const group = groups.get(key);
    if (group) group.push(pair);
    else groups.set(key, [pair]);
  }
  for (const pairs of groups.values()) yield holesFinding(pairs, context);
}

function holesFinding(pairs: readonly VariableRegister[], context: CheckContext): Finding {
  const { maxphyaddr } = context.registers;
  const [first] = pairs as [VariableRegister];
  const missing = missingBits(first, maxphyaddr);
  const bits = missing.length === 1 ? `bit ${missing[0]}` : `bits ${idsText(missing)}`;
  const stretches = pairs.map((pair) => matchedStretches(context, pair));
  const gathering = new Gathering({
    rule: 'mask-holes',
    severity: 'MEDIUM',
    message:
      pairs.length === 1
        ? `mask ${hexText(first.rawMask)} of variable range #${first.index} lacks ${bits}: the ${typeName(first.type)} range repeats`
        : `the masks of variable ranges ${numbersOf(pairs)} lack ${bits}: the ranges repeat`,
    remedy: `set every mask bit up to ${maxphyaddr - 1}: ${pairs.map(({ rawMask }) => hexText(rawMask | filled(missing))).join(', ')}`,
    causes: pairs.map(({ maskMsr }) => context.cause(maskMsr)),
  });
  const ranges = stretches.flatMap((one) => one.ranges).sort((a, b) => a.start - b.start);
  for (const range of ranges) gathering.add(range);
  return gathering.finding(stretches.some(({ isCutShort }) => isCutShort));
}

/** The stretch that Linux from 6.5 on makes of a pair: from the base as it stands, as long as the mask says. */
function linuxInterval(pair: VariableRegister, { frames }: CheckContext['registers']): GfnRange {
  const start = Number(pair.base >> 12n);
  const size = frames - Number(pair.mask >> 12n);
  return { start, end: Math.min(start + size, frames) };
}

function filled(bits: readonly number[]): bigint {
  return bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
}

/** Masks that end at bit 31, where nothing but the masks says how many address bits there are. */
export function* checkShortMasks(context: CheckContext): Generator<Finding> {
  const { registers, input } = context;
  if (!input.isWidthFromMasks || registers.maxphyaddr >= USUAL_LEAST_BITS) return;
  // A mask of 0 matches everything, however many bits there are.
  const pairs = context.valid.filter(({ mask }) => mask !== 0n);
  if (pairs.length === 0) return;
  const last = registers.maxphyaddr - 1;
  const matched = pairs.map((pair) => matchedStretches(context, pair));
  const found = finding(
    {
      rule: 'mask-short',
      severity: 'INFO',
      message: `the ${pairs.length === 1 ? `mask of variable range ${numbersOf(pairs)} ends` : `masks of variable ranges ${numbersOf(pairs)} end`} at bit ${last}: right on a CPU with ${last + 1} address bits (Atoms of netbooks have 32); on any other the ranges repeat above`,
      remedy: '--phys-bits N (the first number of "address sizes" in /proc/cpuinfo) says how many there are',
      causes: pairs.map(({ maskMsr }) => context.cause(maskMsr)),
    },
    matched.flatMap(({ ranges }) => ranges).sort((a, b) => a.start - b.start),
  );
  yield { ...found, isCutShort: matched.some(({ isCutShort }) => isCutShort) };
}

/** Bases with bits that the mask does not compare. */
export function* checkBases(context: CheckContext): Generator<Finding> {
  const { registers } = context;
  for (const pair of context.valid) {
    const stray = pair.base & ~pair.mask;
    if (stray === 0n) continue;
    const { ranges, isCutShort } = matchedStretches(context, pair);
    const gathering = new Gathering({
      rule: 'base-unaligned',
      severity: 'MEDIUM',
      message: `base ${hexText(pair.base)} of variable range #${pair.index} is not aligned to its mask: the CPU takes ${addresses(ranges[0]!)}, KVM up to 6.10 would take ${addresses(kvmInterval(pair, registers))}, and Linux from 6.5 on reads it as ${addresses(linuxInterval(pair, registers))}`,
      remedy: `write ${hexText(pair.base & pair.mask)}, which all three read as the CPU does now; if that is not meant, split the range into aligned ones`,
      causes: context.pairCauses(pair),
    });
    for (const range of ranges) gathering.add(range);
    yield gathering.finding(isCutShort);
  }
}

/** Variable ranges without which no page has another type. */
export function* checkIdle(context: CheckContext): Generator<Finding> {
  const { evaluator, input, registers, vcpu, view } = context;
  if (!evaluator.canCompare || !registers.isEnabled) return;
  for (const pair of context.valid) {
    if (input.isDefaultAssumed && pair.type === registers.defaultType) continue;
    const off = { msr: pair.maskMsr, value: pair.rawMask & ~MASK_V };
    const without = context.openChanged({ ...vcpu, msrs: [...vcpu.msrs, off] });
    try {
      if (evaluator.compare(view, without, 'mtrr').pages > 0n) continue;
    } finally {
      without.dispose();
    }
    const { ranges, isCutShort } = matchedStretches(context, pair);
    const gathering = new Gathering({
      rule: 'register-idle',
      severity: 'INFO',
      message: `variable range #${pair.index} (${typeName(pair.type)}) does nothing: without it every page has the same type`,
      remedy: 'it can be used for something else',
      causes: context.pairCauses(pair),
    });
    for (const range of ranges) gathering.add(range);
    yield gathering.finding(isCutShort);
  }
}

/** How many variable ranges are free. */
export function* checkRangesLeft(context: CheckContext): Generator<Finding> {
  const { isCountStated, evidence = [] } = context.input;
  if (!isCountStated || weakest(evidence, ['variable-ranges'])) return;
  const count = rangeCount(context.vcpu);
  const used = context.valid.length;
  const free = Array.from({ length: count }, (_, n) => n).filter(
    (n) => !context.valid.some(({ index }) => index === n),
  );
  const left = free.length === 0 ? 'none is free' : `free: ${listed(free.map((n) => `#${n}`))}`;
  yield finding({
    rule: 'ranges-left',
    severity: 'INFO',
    message: `${used} of ${counted(count, 'variable range')} used; ${left}`,
    remedy: free.length === 0 ? 'nothing further can be covered by a range of its own' : 'nothing to do',
  });
}
