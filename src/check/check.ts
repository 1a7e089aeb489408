/** All rules over one machine. */
import type { Evaluator } from '../engine/index.ts';
import { policy } from '../policy/index.ts';
import { complaintFindings } from './complaints.ts';
import { CheckContext, type Opener } from './context.ts';
import { checkCpus } from './cpus.ts';
import { type Finding, RULES, type RuleId, SEVERITIES, type Severity } from './finding.ts';
import type { CheckInput, CheckOptions, ComplaintKind } from './input.ts';
import { checkKvm } from './kvm.ts';
import { checkKeyIds, checkSmram } from './others.ts';
import { checkMmio, checkOverlaps } from './overlaps.ts';
import { checkBeyondRam, checkEnabled, checkRam } from './ram.ts';
import { checkBases, checkIdle, checkMasks, checkRangesLeft, checkShortMasks } from './registers.ts';
import { checkSplits } from './splits.ts';
import { weighed } from './weigh.ts';

type Checker = (context: CheckContext, options: CheckOptions) => Iterable<Finding>;

/** The KVM release that a layout is held against where none is named: the last of 5.x whose rules 6.0 changed. */
export const USUAL_KVM = 'kvm-5.16';

/** Rules whose findings the log itself makes. */
const COMPLAINTS: readonly ComplaintKind[] = [
  'cpus-inconsistent',
  'ram-lost',
  'ept-misconfig',
  'firmware-bug',
  'ranges-short',
  'type-conflict',
  'range-refused',
  'large-page',
];

/** Searches, with the rules whose findings they make. */
const CHECKERS: readonly (readonly [rules: readonly RuleId[], run: Checker])[] = [
  [['mtrrs-off'], checkEnabled],
  [['ram-not-wb', 'ram-uncovered'], checkRam],
  [['undefined-overlap'], checkOverlaps],
  [['mmio-cacheable'], checkMmio],
  [['wb-beyond-ram'], checkBeyondRam],
  [['cpus-differ', 'cpus-differ-raw'], checkCpus],
  [COMPLAINTS, (context) => complaintFindings(context.input.complaints, context)],
  [['mask-holes'], checkMasks],
  [['mask-short'], checkShortMasks],
  [['base-unaligned'], checkBases],
  [['register-idle'], checkIdle],
  [['kvm-differs'], (context, options) => checkKvm(context, options.policy ?? policy(USUAL_KVM))],
  [['page-split'], checkSplits],
  [['smram'], checkSmram],
  [['key-ids'], checkKeyIds],
  [['ranges-left'], checkRangesLeft],
];

const RANK = new Map<string, number>(RULES.map(({ id }, rank) => [id, rank]));

function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}

/**
 * Whether a finding counts as one for the exit code.
 *
 * @param finding - of {@link check}
 * @returns false for what is only said
 * @example
 * isProblem({ severity: 'INFO' }); // false
 */
export function isProblem(finding: Finding): boolean {
  return finding.severity !== 'INFO';
}

/**
 * Checks a machine.
 *
 * @param input - the VM with what lies in its memory
 * @param evaluator - evaluates; rules that compare need `auto`
 * @param open - opens a vCPU of the VM by its position under the manual's rules
 * @param options - rules, the least severity, and the KVM that the layout is held against
 * @returns findings, the worst first
 * @throws WrmsrFault, or what `open` makes of it, where a CPU cannot hold a register's value
 * @example
 * const machine = preset('xeon-wt-2m');
 * const said = { isCountStated: true, isWidthFromMasks: false, isDefaultAssumed: false, isTom2Stated: true };
 * const input = { vm: machine, memory: memoryOfVm(machine), isGuest: false, complaints: [], ...said };
 * const evaluator = createEvaluatorSync();
 * const open = (index) => evaluator.view(vcpuOf(machine, index), policy('sdm'));
 * check(input, evaluator, open, { rules: new Set(['mask-holes']) }); // []
 */
export function check(
  input: CheckInput,
  evaluator: Evaluator,
  open: Opener,
  options: CheckOptions = {},
): readonly Finding[] {
  const isWanted = (rule: RuleId) => options.rules?.has(rule) ?? true;
  const weighedAll = found(input, evaluator, open, options, isWanted).map((one) => weighed(one, input));
  return onePerCause(weighedAll)
    .filter(({ rule, severity }) => isWanted(rule) && isAtLeast(severity, options.minSeverity ?? 'INFO'))
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
        RANK.get(a.rule)! - RANK.get(b.rule)! ||
        (a.ranges[0]?.start ?? -1) - (b.ranges[0]?.start ?? -1),
    );
}

function found(
  input: CheckInput,
  evaluator: Evaluator,
  open: Opener,
  options: CheckOptions,
  isWanted: (rule: RuleId) => boolean,
): readonly Finding[] {
  if (input.hasRegisters === false) return [...complaintFindings(input.complaints, undefined)];
  const context = new CheckContext(input, evaluator, open);
  try {
    return CHECKERS.filter(([rules]) => rules.some(isWanted)).flatMap(([, run]) => [
      ...run(context, options),
    ]);
  } finally {
    context.view.dispose();
  }
}

/** Complaints that say what a rule finds in the registers too: where it does, the finding tells both. */
const SAME_CAUSE: readonly (readonly [complaint: RuleId, rule: RuleId])[] = [
  ['ram-lost', 'ram-uncovered'],
  ['firmware-bug', 'mask-holes'],
];

function onePerCause(findings: readonly Finding[]): readonly Finding[] {
  return SAME_CAUSE.reduce((list, [complaint, rule]) => {
    // A complaint that names registers is explained by them already.
    const told = list.find((one) => one.rule === complaint && one.causes.length === 0);
    const explained = list.find((one) => one.rule === rule && isProblem(one));
    if (!told || !explained) return list;
    const both = { ...explained, message: `${explained.message}; ${told.message}` };
    return list.flatMap((one) => (one === told ? [] : one === explained ? [both] : [one]));
  }, findings);
}
