/** CPUs held against each other: in effect first, since registers can differ to none. */

import { rawDifferences } from '../diff/raw-registers.ts';
import type { View } from '../engine/index.ts';
import { MSR_PAT } from '../msr/index.ts';
import { typeName } from '../types.ts';
import { type Comparison, type VcpuGroup, vcpuOf } from '../vm/index.ts';
import { counted, listed } from '../words.ts';
import type { CheckContext } from './context.ts';
import { type Cause, type Finding, finding, Gathering } from './finding.ts';

/** Differing stretches that are looked at, for each state of CPUs. */
const MOST_SPANS = 256;
/** Registers that one finding blames. */
const MOST_CAUSES = 8;
/** States that are compared; CPUs of one machine seldom have more than two. */
const MOST_STATES = 64;

function idsOf({ indexes }: VcpuGroup, context: CheckContext): readonly number[] {
  return indexes.map((index) => context.input.vm.vcpus[index]!.id);
}

/** `cpu 3`, as the input calls it; the first of several with their number. */
function namesOf({ indexes }: VcpuGroup, context: CheckContext): string {
  const { vcpus } = context.input.vm;
  const names = indexes.map((index) => vcpus[index]!.name);
  return indexes.length > 4 ? `${names[0]} and ${indexes.length - 1} others` : listed(names);
}

/** The registers that differ, those that decide a type first. */
function blame(group: VcpuGroup, context: CheckContext): readonly Cause[] {
  const index = group.indexes[0]!;
  const differences = rawDifferences(context.vcpu, vcpuOf(context.input.vm, index));
  return differences.slice(0, MOST_CAUSES).map(({ msr, b }) => context.cause(msr, index, b));
}

function effectMessage(who: string, comparison: Comparison<'mtrr'>): string {
  const cell = comparison.matrix.find(({ a, b }) => a.type !== b.type);
  const types = cell ? `${typeName(cell.b.type)} instead of ${typeName(cell.a.type)}` : 'other types';
  const more = comparison.matrix.filter(({ a, b }) => a.type !== b.type).length > 1 ? ', among others' : '';
  return `${who}: ${types} as on most CPUs${more}`;
}

function inEffect(group: VcpuGroup, comparison: Comparison<'mtrr'>, context: CheckContext): Finding {
  const gathering = new Gathering({
    rule: 'cpus-differ',
    severity: 'HIGH',
    message: effectMessage(namesOf(group, context), comparison),
    remedy: 'give all CPUs the same MTRRs (firmware), or let the kernel: Linux copies those of the boot CPU',
    causes: blame(group, context),
    vcpus: idsOf(group, context),
  });
  let left = MOST_SPANS;
  for (const span of comparison.spans()) {
    if (left === 0) break;
    left -= 1;
    gathering.add(span);
  }
  return { ...gathering.finding(left === 0), pages: comparison.pages };
}

function inPat(group: VcpuGroup, context: CheckContext, causes: readonly Cause[]): Finding {
  return finding({
    rule: 'cpus-differ',
    severity: 'MEDIUM',
    message: `${namesOf(group, context)}: IA32_PAT differs, so that one page-table entry means two types`,
    remedy: 'write the same IA32_PAT on all CPUs',
    causes,
    vcpus: idsOf(group, context),
  });
}

function inValue(group: VcpuGroup, context: CheckContext, causes: readonly Cause[]): Finding {
  const names = listed(causes.map(({ register }) => register));
  return finding({
    rule: 'cpus-differ-raw',
    severity: 'INFO',
    message: `${namesOf(group, context)}: ${names === '' ? 'switches' : names} differ, to no effect: every page has the same type`,
    remedy: 'harmless; SEV firmware alone wants the registers to be equal',
    causes,
    vcpus: idsOf(group, context),
  });
}

function compared(group: VcpuGroup, view: View, context: CheckContext): Finding {
  const comparison = context.evaluator.compare(context.view, view, 'mtrr');
  if (comparison.pages > 0n) return inEffect(group, comparison, context);
  const causes = blame(group, context);
  return causes.some(({ msr }) => msr === MSR_PAT)
    ? inPat(group, context, causes)
    : inValue(group, context, causes);
}

/** CPUs whose types, or whose registers alone, are not those of most CPUs. */
export function* checkCpus(context: CheckContext): Generator<Finding> {
  if (!context.evaluator.canCompare) return;
  for (const group of context.groups.slice(1, MOST_STATES)) {
    const view = context.open(group.indexes[0]!);
    try {
      yield compared(group, view, context);
    } finally {
      view.dispose();
    }
  }
  const unseen = context.groups.slice(MOST_STATES);
  if (unseen.length === 0) return;
  const cpus = unseen.reduce((sum, { indexes }) => sum + indexes.length, 0);
  yield finding({
    rule: 'cpus-differ',
    severity: 'HIGH',
    message: `not compared: ${counted(cpus, 'further CPU')} in ${counted(unseen.length, 'further state')}`,
    remedy: 'the dump may mix machines: check it',
    vcpus: unseen.flatMap((group) => idsOf(group, context)),
  });
}
