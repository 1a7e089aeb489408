/** What a finding rests on, and how bad it may be called: nothing above INFO stands on what is assumed or torn. */
import { FIXED_END } from '../msr/index.ts';
import { FOUR_GIB } from '../ranges.ts';
import { type Evidence, evidenceSentence, isFirm, type Subject, weakest } from '../vm/index.ts';
import type { Finding, RuleId } from './finding.ts';
import type { CheckInput } from './input.ts';

/**
 * Subjects by rule. UC wins over every other type, so that a range which makes RAM slow does so whatever is missing
 * beside it; what no register covers, or a WB range reaches over, hangs on the ranges that may be missing too.
 */
const RESTS_ON: Readonly<Partial<Record<RuleId, readonly Subject[]>>> = {
  'mtrrs-off': ['enables', 'platform'],
  'ram-not-wb': ['enables'],
  'ram-uncovered': ['enables', 'default-type', 'variable-ranges'],
  'undefined-overlap': ['enables', 'variable-ranges'],
  'mmio-cacheable': ['enables', 'variable-ranges'],
  'wb-beyond-ram': ['enables', 'variable-ranges', 'ram'],
  'cpus-differ': ['variable-ranges'],
  'mask-holes': ['physical-address-bits'],
  'mask-short': ['physical-address-bits'],
  'register-idle': ['default-type', 'variable-ranges'],
  'ranges-left': ['variable-ranges'],
  'page-split': ['default-type', 'variable-ranges'],
  'kvm-differs': ['default-type', 'variable-ranges'],
};

function subjectsOf({ rule, ranges, causes }: Finding, input: CheckInput): readonly Subject[] {
  const subjects = [...(RESTS_ON[rule] ?? [])];
  // E=0 switches the fixed ranges off too.
  if (rule !== 'mtrrs-off' && subjects.includes('enables') && ranges.some(({ start }) => start < FIXED_END)) {
    subjects.push('fixed-ranges');
  }
  const isByDefault = rule === 'mmio-cacheable' && causes.length === 0;
  if (isByDefault) subjects.push('default-type');
  if (rule === 'ram-uncovered' && !input.isTom2Stated && ranges.some(({ end }) => end > FOUR_GIB)) {
    subjects.push('tom2');
  }
  return subjects;
}

/** A sentence of evidence without its level. */
function weakText(evidence: Evidence): string {
  const { level, what, why } = evidence;
  return level === 'torn' ? `${what} (${why})` : `that ${what} is assumed`;
}

/**
 * A finding with what it rests on; called INFO where that is assumed or torn.
 *
 * @param given - as the rule has it
 * @param input - with its evidence; without, all is read
 */
export function weighed(given: Finding, input: CheckInput): Finding {
  const { evidence } = input;
  if (!evidence) return given;
  // No register is blamed that the text does not hold.
  const finding = {
    ...given,
    causes: given.causes.filter(({ at, set }) => at !== undefined || set !== undefined),
  };
  const subjects = subjectsOf(finding, input);
  const restsOn = evidence.filter(({ subject, level }) => subjects.includes(subject) && level !== 'read');
  if (restsOn.length === 0) return finding;
  const weak = weakest(restsOn, subjects);
  const told = { ...finding, restsOn: restsOn.map(evidenceSentence) };
  if (!weak || isFirm(weak.level) || finding.severity === 'INFO') return told;
  return {
    ...told,
    severity: 'INFO',
    message: `${finding.message}; it rests on this: ${weakText(weak)}`,
    remedy:
      weak.settledBy === undefined
        ? finding.remedy
        : `bring ${weak.settledBy}, which settles it; then ${finding.remedy}`,
  };
}
