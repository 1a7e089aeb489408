/** What kernels, firmware and hypervisors complain of in a log, explained from registers where there are any. */
import { matchesFrame } from '../explain/matching.ts';
import { FIXED_REGISTERS, MSR_DEF_TYPE, msrName } from '../msr/index.ts';
import { common } from '../ranges.ts';
import { type GfnRange, typeName, WB } from '../types.ts';
import { isFirm, type Subject, type VariableRegister, weakest } from '../vm/index.ts';
import { listed } from '../words.ts';
import { type CheckContext, rangesText } from './context.ts';
import { type Cause, type Finding, finding } from './finding.ts';
import type { Complaint, RegisterGroup } from './input.ts';
import { isCutShort } from './stretches.ts';

const GROUP_NAMES: Readonly<Record<RegisterGroup, string>> = {
  fixed: 'fixed ranges',
  variable: 'variable ranges',
  'def-type': msrName(MSR_DEF_TYPE),
};

function registersOf(group: RegisterGroup, context: CheckContext): readonly Cause[] {
  if (group === 'fixed') return FIXED_REGISTERS.map(({ msr }) => context.cause(msr));
  if (group === 'def-type') return [context.cause(MSR_DEF_TYPE)];
  return context.valid.flatMap((pair) => context.pairCauses(pair));
}

function placed({ at }: Complaint): string {
  return `${at.file}:${at.line}`;
}

function inconsistent(
  complaint: Complaint,
  group: RegisterGroup,
  context: CheckContext | undefined,
): Finding {
  const shown = context ? 'it shows those of the boot CPU alone' : 'it shows the registers of none';
  return finding({
    rule: 'cpus-inconsistent',
    severity: 'MEDIUM',
    message: `the log itself says that CPUs have different ${GROUP_NAMES[group]} (${placed(complaint)}); ${shown}`,
    remedy: `the firmware does not set up every CPU; ${complaint.remedy}`,
    causes: context ? registersOf(group, context) : [],
  });
}

/** Why Linux did not map a stretch with a large page, as the registers have it. */
function largePage(complaint: Complaint, inside: GfnRange, context: CheckContext): Finding {
  const types = [...new Set([...context.view.spansOf('mtrr', { range: inside })].map(({ type }) => type!))];
  const pairs = context.valid.filter(
    (pair) => matchesFrame(pair, inside.start) || matchesFrame(pair, inside.end - 1),
  );
  const who = listed(pairs.map(({ index, type }) => `#${index} ${typeName(type)}`));
  const isOne = types.length === 1;
  const why = isOne
    ? pairs.length > 1
      ? `it is ${typeName(types[0]!)} throughout; variable ranges ${who} overlap there, and Linux before 6.5 calls every overlap not uniform`
      : `it is ${typeName(types[0]!)} throughout, as these registers have it`
    : `${listed(types.map((type) => typeName(type)))} meet inside`;
  return finding(
    {
      rule: complaint.kind,
      severity: 'INFO',
      message: `${complaint.text} (${placed(complaint)}): ${why}`,
      remedy: isOne
        ? 'harmless: 4K pages do the same more slowly to set up; Linux 6.5 and later use the large page'
        : complaint.remedy,
      causes: pairs.flatMap((pair) => context.pairCauses(pair)),
    },
    [complaint.range!],
  );
}

/** What has to be known for sure before registers are held against the kernel's word. */
const COVER_SUBJECTS: readonly Subject[] = [
  'enables',
  'default-type',
  'variable-ranges',
  'fixed-ranges',
  'ram',
];

/**
 * The variable ranges that make all RAM of the firmware's map WB, if they do on every CPU: the kernel gave up RAM that
 * they cover.
 */
function coveringRanges(context: CheckContext): readonly VariableRegister[] {
  const { memory, evidence = [], isFirmwareMap } = context.input;
  const weak = weakest(evidence, COVER_SUBJECTS);
  if (!isFirmwareMap || !memory.ram || context.groups.length > 1 || (weak && !isFirm(weak.level))) return [];
  const used = new Set<VariableRegister>();
  let isAllWb = true;
  const isCut = isCutShort(context, memory.ram, ({ type, pairs }) => {
    isAllWb &&= type === WB;
    for (const pair of pairs) used.add(pair);
  });
  return isAllWb && !isCut ? context.valid.filter((pair) => used.has(pair)) : [];
}

/** Which lines of a file give registers, in words; nothing where any is not from there. */
function linesOf(causes: readonly Cause[], file: string): string {
  const lines = [...new Set(causes.map(({ at }) => (at?.file === file ? at.line : 0)))];
  return lines.includes(0) ? '' : ` (${lines.length === 1 ? 'line' : 'lines'} ${listed(lines.map(String))})`;
}

function ramLost(complaint: Complaint, context: CheckContext): Finding | undefined {
  const pairs = coveringRanges(context);
  const causes = pairs.flatMap((pair) => context.pairCauses(pair));
  if (pairs.length === 0) return undefined;
  const isOne = pairs.length === 1;
  return finding({
    rule: complaint.kind,
    severity: complaint.severity,
    message:
      `${complaint.text} (${placed(complaint)}); the registers of the text do cover it: ${rangesText(pairs)}` +
      `${linesOf(causes, complaint.at.file)} ${isOne ? 'makes' : 'make'} all RAM of the firmware's map WB`,
    remedy:
      'another kernel, or disable_mtrr_trim on its command line, keeps that RAM; rdmsr -a (eptsweep capture linux) ' +
      'shows whether another CPU lacks these ranges',
    causes,
  });
}

function findingOf(complaint: Complaint, context: CheckContext | undefined): Finding {
  const { kind, group, range, severity, text, remedy } = complaint;
  if (kind === 'cpus-inconsistent' && group) return inconsistent(complaint, group, context);
  if (kind === 'large-page' && range && context?.registers.isEnabled) {
    const inside = common(range, { start: 0, end: context.registers.frames });
    if (inside) return largePage(complaint, inside, context);
  }
  const covered = kind === 'ram-lost' && context ? ramLost(complaint, context) : undefined;
  if (covered) return covered;
  return finding(
    { rule: kind, severity, message: `${text} (${placed(complaint)})`, remedy },
    range ? [range] : [],
  );
}

/** Lines that stand as near to each other are of one cause. */
const NEAR = 3;

/** Complaints of one kind that stand together, as one: a retry, a failure and what follows from it. */
function joinedComplaints(complaints: readonly Complaint[]): readonly Complaint[] {
  const list: Complaint[] = [];
  for (const complaint of complaints) {
    const before = list.findLastIndex(
      ({ kind, severity, at, group }) =>
        kind === complaint.kind &&
        severity === complaint.severity &&
        group === undefined &&
        at.file === complaint.at.file &&
        Math.abs(complaint.at.line - at.line) <= NEAR,
    );
    const first = list[before];
    if (!first) list.push(complaint);
    else {
      const range = first.range ?? complaint.range;
      list[before] = {
        ...first,
        text: `${first.text}; ${complaint.text}`,
        ...(range && { range }),
        at: complaint.at,
      };
    }
  }
  return list;
}

/**
 * What the log complains of by itself, a finding each.
 *
 * @param complaints - of the input
 * @param context - the machine; undefined where the log shows no registers
 */
export function* complaintFindings(
  complaints: readonly Complaint[],
  context: CheckContext | undefined,
): Generator<Finding> {
  for (const complaint of joinedComplaints(complaints)) yield findingOf(complaint, context);
}
