/** Judges rules about the memory types of a stretch, on every state that the CPUs are in. */

import type { CheckContext } from '../check/context.ts';
import { MOST_STRETCHES, stretches } from '../check/stretches.ts';
import type { View } from '../engine/index.ts';
import { MSR_DEF_TYPE, MSR_SYSCFG, MSR_TOP_MEM2, withByte } from '../msr/index.ts';
import { policy as policyNamed } from '../policy/index.ts';
import { FOUR_GIB, without } from '../ranges.ts';
import { type AnswerOf, type GfnRange, MEMORY_TYPES, typeName, UNDEFINED } from '../types.ts';
import { addresses, listed } from '../words.ts';
import { resolved } from './areas.ts';
import type { Breach, Requirement } from './assertion.ts';
import { typesText } from './assertion-conflicts.ts';
import { type AssertMachine, type Ruling, TORN_RANGES } from './machine.ts';
import { entryReason, nextReasonEdge, stretchReason } from './reason.ts';

type TypesRequirement = Extract<Requirement, { kind: 'types' }>;

/** Breaches that a ruling lists. */
export const MOST_BREACHES = 16;
const BELOW_1M = { start: 0, end: 0x100 };

function wantOf({ policy }: TypesRequirement): 'ept' | 'mtrr' {
  return policy && policy.flags.ept !== 'identity' ? 'ept' : 'mtrr';
}

/** What a range has that the rule does not allow. */
interface Wrong {
  readonly pages: bigint;
  /** The types, each once, ascending. */
  readonly found: readonly string[];
}

/** Exact: a sum over the whole range, however many stretches it has. */
function wrongIn(view: View, requirement: TypesRequirement, ranges: readonly GfnRange[]): Wrong {
  const found = new Map<string, number>();
  let pages = 0n;
  for (const range of ranges) {
    for (const total of view.totals(wantOf(requirement), { range })) {
      if (isAllowed(requirement, total.type)) continue;
      pages += total.pages;
      found.set(textOf(total), total.type);
    }
  }
  return { pages, found: [...found].sort(([, a], [, b]) => a - b).map(([text]) => text) };
}

function isAllowed({ types }: TypesRequirement, type: number): boolean {
  return type !== UNDEFINED && types.some((one) => one === type);
}

/** The first frame of a range that breaks the rule, given that one does: halving finds it behind any number of stretches. */
function firstWrong(view: View, requirement: TypesRequirement, range: GfnRange): number {
  let { start, end } = range;
  while (end - start > 1) {
    const middle = start + Math.floor((end - start) / 2);
    if (wrongIn(view, requirement, [{ start, end: middle }]).pages > 0n) end = middle;
    else start = middle;
  }
  return start;
}

function textOf({ type, ipat }: AnswerOf<'ept' | 'mtrr'>): string {
  return ipat === 1 ? `${typeName(type)} + IPAT` : typeName(type);
}

function* sdmBreaches(
  context: CheckContext,
  requirement: TypesRequirement,
  range: GfnRange,
): Generator<Breach> {
  for (const stretch of stretches(context, range)) {
    if (isAllowed(requirement, stretch.type)) continue;
    const { start, end, type } = stretch;
    yield { start, end, found: typeName(type), ...stretchReason(stretch, context) };
  }
}

function* policyBreaches(
  context: CheckContext,
  view: View,
  requirement: TypesRequirement,
  range: GfnRange,
): Generator<Breach> {
  let left = MOST_STRETCHES;
  for (const span of view.spansOf(wantOf(requirement), { range })) {
    if (isAllowed(requirement, span.type)) {
      left -= 1;
      if (left <= 0) return;
      continue;
    }
    for (let start = span.start; start < span.end; ) {
      if (left <= 0) return;
      left -= 1;
      const end = nextReasonEdge(context, view, start, span.end);
      yield { start, end, found: textOf(span), ...entryReason(context, view, start, span.type) };
      start = end;
    }
  }
}

/** Pages of disjoint ranges. */
export function pagesOf(ranges: readonly GfnRange[]): bigint {
  return ranges.reduce((sum, { start, end }) => sum + BigInt(end - start), 0n);
}

/** The first breaches, those that touch and have one reason joined. */
export function collected(found: Iterable<Breach>, breaches: Breach[]): boolean {
  for (const breach of found) {
    const last = breaches.at(-1);
    if (last && last.end === breach.start && last.found === breach.found && last.reason === breach.reason) {
      breaches[breaches.length - 1] = { ...last, end: breach.end };
    } else if (breaches.length === MOST_BREACHES) return true;
    else breaches.push(breach);
  }
  return false;
}

function breachesOf(
  machine: AssertMachine,
  group: number,
  requirement: TypesRequirement,
  ranges: readonly GfnRange[],
) {
  const context = machine.context(group);
  const view = machine.view(group, requirement.policy);
  const breaches: Breach[] = [];
  let isFull = false;
  for (const range of ranges) {
    if (isFull || wrongIn(view, requirement, [range]).pages === 0n) continue;
    const from = { start: firstWrong(view, requirement, range), end: range.end };
    const found =
      view === context.view
        ? sdmBreaches(context, requirement, from)
        : policyBreaches(context, view, requirement, from);
    isFull = collected(found, breaches);
  }
  return breaches;
}

/** The requirement held against every state; undefined where each bears it out. */
function broken(
  machine: AssertMachine,
  requirement: TypesRequirement,
  ranges: readonly GfnRange[],
  notes: readonly string[],
) {
  for (const [group] of machine.groups.entries()) {
    const wrong = wrongIn(machine.view(group, requirement.policy), requirement, ranges);
    if (wrong.pages > 0n) return ruled(machine, group, requirement, ranges, wrong, notes);
  }
  return undefined;
}

function ruled(
  machine: AssertMachine,
  group: number,
  requirement: TypesRequirement,
  ranges: readonly GfnRange[],
  wrong: Wrong,
  notes: readonly string[],
): Ruling {
  const breaches = breachesOf(machine, group, requirement, ranges);
  return {
    outcome: 'broken',
    message: `${listed(wrong.found)} instead of ${typesText(requirement.types)}${cpusText(machine, group)}`,
    notes,
    pages: pagesOf(ranges),
    wrongPages: wrong.pages,
    breaches,
    isCutShort: pagesOf(breaches) < wrong.pages,
    remedy: remedyOf(machine, machine.context(group), breaches),
    vcpus: machine.idsOf(group),
  };
}

/** ` on vcpu3`, where the CPUs are not all in one state. */
export function cpusText(machine: AssertMachine, group: number): string {
  const { indexes } = machine.groups[group]!;
  if (machine.groups.length === 1) return '';
  const name = machine.input.vm.vcpus[indexes[0]!]!.name;
  return indexes.length === 1 ? ` on ${name}` : ` on ${name} and ${indexes.length - 1} others`;
}

function remedyOf({ input }: AssertMachine, context: CheckContext, breaches: readonly Breach[]): string {
  const lost = breaches.find(({ start, reason }) => start >= FOUR_GIB && reason.startsWith('no register'));
  if (!lost) return '';
  const { values } = context.registers;
  if (values.has(MSR_TOP_MEM2) && !values.has(MSR_SYSCFG)) {
    return 'TOM2 is given and SYSCFG is not: bring MSR 0xc0010010, which can make RAM below TOM2 WB; give a VM a WB range';
  }
  if (input.isTom2Stated || input.isGuest) return '';
  return 'on AMD bring MSRs 0xc0010010 and 0xc001001d too: TOM2 can make RAM from 4 GiB on WB';
}

/** Whether the verdict is another under some default type, where the input does not state it. */
function hangsOnDefault(
  machine: AssertMachine,
  requirement: TypesRequirement,
  ranges: readonly GfnRange[],
): boolean {
  const isBroken = MEMORY_TYPES.map((type) =>
    machine.groups.some((_, group) => {
      const { vcpu, registers } = machine.context(group);
      const value = withByte(registers.defType, 0, type);
      const changed = { ...vcpu, msrs: [...vcpu.msrs, { msr: MSR_DEF_TYPE, value }] };
      const { policy } = machine.view(group, requirement.policy);
      const noncoherentDma = machine.view(group, requirement.policy).vcpu.noncoherentDma;
      const view = machine.evaluator.view({ ...changed, noncoherentDma }, policy ?? policyNamed('sdm'));
      try {
        return wrongIn(view, requirement, ranges).pages > 0n;
      } finally {
        view.dispose();
      }
    }),
  );
  return new Set(isBroken).size > 1;
}

/** Judges a rule about types. */
export function judgeTypes(machine: AssertMachine, requirement: TypesRequirement): Ruling {
  const found = resolved(requirement.extent, machine.layout);
  if ('unknown' in found) return { outcome: 'unknown', message: found.unknown };
  if ('none' in found) return { outcome: 'none', message: found.none };
  const notes = found.note === undefined ? [] : [found.note];
  const { isFixedAssumed, isDefaultAssumed, areRangesTorn } = machine.input;
  if (areRangesTorn) return TORN_RANGES;
  let { ranges } = found;
  if (isFixedAssumed && ranges.some(({ start }) => start < BELOW_1M.end)) {
    const rest = without(ranges, [BELOW_1M]);
    const silent = 'the dump does not give the fixed ranges (rdmsr or dmesg does)';
    if (rest.length === 0) return { outcome: 'unknown', message: `below 1 MiB ${silent}` };
    notes.push(`${addresses(BELOW_1M)} was not judged: ${silent}`);
    ranges = rest;
  }
  if (isDefaultAssumed && hangsOnDefault(machine, requirement, ranges)) {
    const ruling = broken(machine, requirement, ranges, notes);
    const where = ruling?.breaches?.[0];
    return {
      outcome: 'unknown',
      message: `hangs on the default type, which the dump does not state${where ? `, as at ${addresses(where)}` : ''}: bring MSR 0x2ff (rdmsr or dmesg)`,
      notes,
    };
  }
  const ruling = broken(machine, requirement, ranges, notes);
  if (ruling) return ruling;
  return { outcome: 'holds', message: '', notes, pages: pagesOf(ranges) };
}
