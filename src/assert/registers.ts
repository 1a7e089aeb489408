/** Judges rules about the registers themselves: default type, switches, how many ranges, whether they overlap. */

import type { CheckContext } from '../check/context.ts';
import { stretches } from '../check/stretches.ts';
import { MSR_DEF_TYPE } from '../msr/index.ts';
import { type GfnRange, typeName, UC, UNDEFINED } from '../types.ts';
import { rangeCount, type VariableRegister } from '../vm/index.ts';
import { counted, listed } from '../words.ts';
import type { Breach, Requirement } from './assertion.ts';
import { typesText } from './assertion-conflicts.ts';
import { type AssertMachine, type Ruling, TORN_RANGES } from './machine.ts';
import { stretchReason } from './reason.ts';
import { collected, cpusText, pagesOf } from './types.ts';

type RequirementOf<Kind extends Requirement['kind']> = Extract<Requirement, { kind: Kind }>;

/** The first group that a rule is broken on. */
function onEachGroup(
  machine: AssertMachine,
  judge: (context: CheckContext) => Ruling | undefined,
  holds: Ruling,
): Ruling {
  for (const [group] of machine.groups.entries()) {
    const ruling = judge(machine.context(group));
    if (ruling) {
      return {
        ...ruling,
        message: `${ruling.message}${cpusText(machine, group)}`,
        vcpus: machine.idsOf(group),
      };
    }
  }
  return holds;
}

/** What pages that no register covers get: the default type, or UC where the MTRRs are off. */
export function judgeDefault(machine: AssertMachine, { types }: RequirementOf<'default'>): Ruling {
  if (machine.input.isDefaultAssumed) {
    return {
      outcome: 'unknown',
      message: 'the dump does not state the default type: bring MSR 0x2ff (rdmsr or dmesg)',
    };
  }
  const typeOf = ({ registers }: CheckContext) => (registers.isEnabled ? registers.defaultType : UC);
  return onEachGroup(
    machine,
    (context) => {
      const type = typeOf(context);
      if (types.some((one) => one === type)) return undefined;
      const off = context.registers.isEnabled ? '' : ', the MTRRs being off';
      return {
        outcome: 'broken',
        message: `the default type is ${typeName(type)}${off}, instead of ${typesText(types)}`,
        causes: [context.cause(MSR_DEF_TYPE)],
      };
    },
    { outcome: 'holds', message: typeName(typeOf(machine.context(0))) },
  );
}

/** E and FE of IA32_MTRR_DEF_TYPE. */
export function judgeSwitch(machine: AssertMachine, { which, on }: RequirementOf<'switch'>): Ruling {
  const { isEnableAssumed, isFixedAssumed } = machine.input;
  if (isEnableAssumed || (which === 'fixed-ranges' && isFixedAssumed)) {
    return {
      outcome: 'unknown',
      message: 'the dump does not say whether they are on: bring MSR 0x2ff (rdmsr or dmesg)',
    };
  }
  return onEachGroup(
    machine,
    (context) => {
      const { isEnabled, isFixedEnabled } = context.registers;
      const isOn = which === 'mtrrs' ? isEnabled : isEnabled && isFixedEnabled;
      if (isOn === on) return undefined;
      const bit = which === 'mtrrs' || !isEnabled ? 'E, bit 11' : 'FE, bit 10';
      return {
        outcome: 'broken',
        message: `${which === 'mtrrs' ? 'the MTRRs' : 'the fixed ranges'} are ${isOn ? 'on' : 'off'} (${bit})`,
        causes: [context.cause(MSR_DEF_TYPE)],
      };
    },
    { outcome: 'holds', message: '' },
  );
}

/** Not more variable ranges than so many are in use. */
export function judgeMaxVariable(machine: AssertMachine, { count }: RequirementOf<'max-variable'>): Ruling {
  if (machine.input.areRangesTorn) return TORN_RANGES;
  const most = Math.max(...machine.groups.map((_, group) => machine.context(group).valid.length));
  return onEachGroup(
    machine,
    (context) => {
      const used = context.valid;
      if (used.length <= count) return undefined;
      return {
        outcome: 'broken',
        message: `${counted(used.length, 'variable range')} in use, ${used.length - count} more than ${count}`,
        causes: used.slice(count).flatMap((pair) => context.pairCauses(pair)),
        remedy: 'eptsweep check --rules register-idle finds ranges that do nothing',
      };
    },
    { outcome: 'holds', message: `${most} in use` },
  );
}

/** At least so many variable ranges are left for whoever comes next. */
export function judgeMinFree(machine: AssertMachine, { count }: RequirementOf<'min-free-variable'>): Ruling {
  if (machine.input.areRangesTorn) return TORN_RANGES;
  if (!machine.input.isCountStated) {
    return {
      outcome: 'unknown',
      message: 'the dump does not say how many variable ranges there are: bring MSR 0xfe (rdmsr)',
    };
  }
  const freeOf = ({ vcpu, valid }: CheckContext) => rangeCount(vcpu) - valid.length;
  return onEachGroup(
    machine,
    (context) => {
      const free = freeOf(context);
      if (free >= count) return undefined;
      return {
        outcome: 'broken',
        message: `${free} free, ${counted(context.valid.length, 'variable range')} in use`,
        remedy: 'eptsweep check --rules register-idle finds ranges that do nothing',
      };
    },
    { outcome: 'holds', message: `${freeOf(machine.context(0))} free` },
  );
}

/** The lowest frames that two pairs both match; undefined where there are none. */
function sharedFrames(a: VariableRegister, b: VariableRegister, frames: number): GfnRange | undefined {
  if (((a.base ^ b.base) & a.mask & b.mask) !== 0n) return undefined;
  const start = Number(((a.base & a.mask) | (b.base & b.mask)) >> 12n);
  const both = (a.mask | b.mask) >> 12n;
  const size = both === 0n ? frames : Number(both & -both);
  return { start, end: start + size };
}

function* sharedBreaches(context: CheckContext): Generator<Breach> {
  const { valid, registers } = context;
  for (const [index, b] of valid.entries()) {
    for (const a of valid.slice(0, index)) {
      const shared = sharedFrames(a, b, registers.frames);
      if (!shared) continue;
      yield {
        ...shared,
        found: `${typeName(a.type)} and ${typeName(b.type)}`,
        reason: `variable ranges #${a.index} and #${b.index} overlap`,
        causes: [...context.pairCauses(a), ...context.pairCauses(b)],
      };
    }
  }
}

function disjoint(context: CheckContext): Ruling | undefined {
  const breaches: Breach[] = [];
  const isCutShort = collected(sharedBreaches(context), breaches);
  if (breaches.length === 0) return undefined;
  const pairs = breaches.map(({ reason }) => reason.replace(/^variable ranges | overlap$/g, ''));
  return {
    outcome: 'broken',
    message: `variable ranges overlap: ${listed(pairs.slice(0, 4))}`,
    breaches: breaches.sort((a, b) => a.start - b.start),
    isCutShort,
    remedy: 'overlaps: none allows those that the manual defines',
  };
}

function* openBreaches(context: CheckContext, frames: number): Generator<Breach> {
  for (const stretch of stretches(context, { start: 0, end: frames })) {
    if (stretch.type !== UNDEFINED) continue;
    const { start, end } = stretch;
    yield { start, end, found: 'undefined', ...stretchReason(stretch, context) };
  }
}

function undefinedIn(context: CheckContext): Ruling | undefined {
  const open = context.view.totals('mtrr').find(({ type }) => type === UNDEFINED);
  if (!open) return undefined;
  const breaches: Breach[] = [];
  collected(openBreaches(context, context.registers.frames), breaches);
  return {
    outcome: 'broken',
    message: 'ranges overlap with types for which the manual has no answer',
    pages: BigInt(context.registers.frames),
    wrongPages: open.pages,
    breaches,
    isCutShort: pagesOf(breaches) < open.pages,
    remedy: 'let the ranges not overlap, or make the inner one UC',
  };
}

/** Overlaps of variable ranges. */
export function judgeOverlaps(machine: AssertMachine, { allowed }: RequirementOf<'overlaps'>): Ruling {
  // What is missing may overlap too.
  const holds: Ruling = machine.input.areRangesTorn ? TORN_RANGES : { outcome: 'holds', message: '' };
  return onEachGroup(machine, allowed === 'disjoint' ? disjoint : undefinedIn, holds);
}
