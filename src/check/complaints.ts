/** What kernels, firmware and hypervisors complain of in a log, explained from registers where there are any. */
import { matchesFrame } from '../explain/matching.ts';
import { FIXED_REGISTERS, MSR_DEF_TYPE, msrName } from '../msr/index.ts';
import { clipped } from '../ranges.ts';
import { type GfnRange, typeName } from '../types.ts';
import { listed } from '../words.ts';
import type { CheckContext } from './context.ts';
import { type Cause, type Finding, finding } from './finding.ts';
import type { Complaint, RegisterGroup } from './input.ts';

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
    remedy: 'the firmware does not set up every CPU; rdmsr -a (eptsweep capture linux) shows which and how',
    causes: context ? registersOf(group, context) : [],
  });
}

/** Why Linux did not map a stretch with a large page, as the registers have it. */
function largePage(complaint: Complaint, range: GfnRange, context: CheckContext): Finding {
  const [inside] = clipped([range], { start: 0, end: context.registers.frames });
  const types = inside
    ? [...new Set([...context.view.spansOf('mtrr', { range: inside })].map(({ type }) => type!))]
    : [];
  const pairs = context.valid.filter(
    (pair) => inside && (matchesFrame(pair, inside.start) || matchesFrame(pair, inside.end - 1)),
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
    [range],
  );
}

function findingOf(complaint: Complaint, context: CheckContext | undefined): Finding {
  const { kind, group, range, severity, text, remedy } = complaint;
  if (kind === 'cpus-inconsistent' && group) return inconsistent(complaint, group, context);
  if (kind === 'large-page' && range && context?.registers.isEnabled)
    return largePage(complaint, range, context);
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
