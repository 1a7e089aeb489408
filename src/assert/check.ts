/** Judges rules that lean on `check`: that its rules find nothing, that CPUs agree. */

import { check } from '../check/check.ts';
import type { Finding, RuleId, Severity } from '../check/finding.ts';
import type { Breach, Requirement } from './assertion.ts';
import type { AssertMachine, Ruling } from './machine.ts';

type RequirementOf<Kind extends Requirement['kind']> = Extract<Requirement, { kind: Kind }>;

/** Rules that cannot find everything where nothing says what is RAM. */
const NEED_RAM: readonly RuleId[] = ['ram-not-wb', 'ram-uncovered', 'wb-beyond-ram'];
/** Rules that need to know of devices. */
const NEED_DEVICES: readonly RuleId[] = ['mmio-cacheable'];

function findings(
  machine: AssertMachine,
  rules: ReadonlySet<RuleId> | undefined,
  minSeverity: Severity,
): readonly Finding[] {
  const { input, evaluator } = machine;
  // A view of its own: check disposes of those that it works on.
  return check(input, evaluator, (index) => machine.openManual(index), {
    ...(rules && { rules }),
    minSeverity,
  });
}

function broken(found: readonly Finding[]): Ruling {
  const [first, ...others] = found;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const breaches = found.flatMap((one) =>
    one.ranges.map(
      // Of one rule alone everybody knows which.
      ({ start, end }): Breach => ({
        start,
        end,
        found: '',
        reason: others.length > 0 ? one.rule : '',
        causes: one.causes,
      }),
    ),
  );
  return {
    outcome: 'broken',
    message: `${first!.rule}: ${first!.message}${more}`,
    wrongPages: found.reduce((sum, { pages }) => sum + pages, 0n),
    breaches: breaches.slice(0, 16),
    isCutShort:
      breaches.length > 16 || found.some((one) => one.isCutShort || one.rangeCount > one.ranges.length),
    causes: breaches.length > 0 ? [] : found.flatMap(({ causes }) => causes),
    remedy: first!.remedy,
    vcpus: [...new Set(found.flatMap(({ vcpus }) => vcpus))].sort((a, b) => a - b),
  };
}

/** A rule of `check` finds nothing. */
export function judgeFinding(machine: AssertMachine, { rule }: RequirementOf<'finding'>): Ruling {
  const found = findings(machine, new Set([rule]), 'INFO');
  if (found.length > 0) return broken(found);
  const { ram, described, mmio } = machine.layout.memory;
  if (NEED_RAM.includes(rule) && ram === undefined) {
    return { outcome: 'unknown', message: 'nothing says what is RAM: bring --ram FILE (dmesg, /proc/iomem)' };
  }
  if (NEED_DEVICES.includes(rule) && described.length === 0 && mmio.length === 0) {
    return { outcome: 'unknown', message: 'nothing says what is in memory: bring --ram FILE (/proc/iomem)' };
  }
  return { outcome: 'holds', message: '' };
}

/** No rule of `check` finds anything so bad. */
export function judgeSeverity(machine: AssertMachine, { severity }: RequirementOf<'severity'>): Ruling {
  const found = findings(machine, undefined, severity);
  if (found.length > 0) return broken(found);
  const notes =
    machine.layout.memory.ram === undefined
      ? ['nothing says what is RAM, so that not every rule of check could be held against it']
      : [];
  return { outcome: 'holds', message: '', notes };
}

/** CPUs are equal in the types that they give, or in their registers. */
export function judgeCpus(machine: AssertMachine, { equal }: RequirementOf<'cpus'>): Ruling {
  const rules: RuleId[] = ['cpus-differ', 'cpus-inconsistent'];
  if (equal === 'registers') rules.push('cpus-differ-raw');
  const found = findings(machine, new Set(rules), 'INFO');
  if (found.length > 0) return broken(found);
  const { vcpus } = machine.input.vm;
  if (vcpus.length === 1 && !machine.input.isGuest) {
    return { outcome: 'unknown', message: 'the dump shows one CPU: bring rdmsr -a (eptsweep capture linux)' };
  }
  return { outcome: 'holds', message: vcpus.length === 1 ? '1 vCPU' : `${vcpus.length} CPUs` };
}
